/** A number pad for fingers; it types into an input, where the keyboard types too. */

import { h } from "../base/dom.js";
import { t } from "../base/i18n.js";

/** Return the pad of `input`; `also` are further keys such as "00" and ".". */
export function numpad(input, also = []) {
  const digits = (keys) => [...keys].map((key) => padKey(key, () => append(input, key)));
  const other = (key) => (key ? padKey(key, () => append(input, key)) : h("span"));
  return h(
    "div.numpad",
    { role: "group", "aria-label": t("pad.label") },
    digits("789"),
    padKey("⌫", () => put(input, isMarked(input) ? replaced(input, "") : input.value.slice(0, -1)), "pad-back", t("pad.back")),
    digits("456"),
    digits("123"),
    padKey(t("pad.clear"), () => put(input, ""), "pad-clear"),
    other(also[0]),
    digits("0"),
    other(also[1]),
  );
}

/**
 * Return a labelled input that takes digits; no keyboard slides over the pad on a touch screen.
 * `takes` (scan/takes.js) tells what a person types here from what a scanner does.
 */
export function numberInput({ id, label, takes, kind = "text", value = "", oninput, describedby, maxlength = 12, autocomplete = "off" }) {
  const input = h("input.number", {
    id,
    type: kind,
    inputmode: "none",
    autocomplete,
    value,
    maxLength: maxlength,
    oninput,
    "aria-describedby": describedby,
    "data-focus": id,
    "data-takes": takes,
  });
  input.value = value;
  return { input, row: h("div.field", {}, h("label", { for: id }, label), input) };
}

function padKey(text, press, kind = "", label = null) {
  return h(
    `button.pad${kind ? `.${kind}` : ""}`,
    {
      type: "button",
      tabindex: "-1",
      "aria-label": label,
      // The input keeps the focus, and with it the keyboard.
      onpointerdown: (event) => event.preventDefault(),
      onclick: press,
    },
    text,
  );
}

function append(input, key) {
  const value = isMarked(input) ? replaced(input, key) : input.value + key;
  if (value.length <= input.maxLength) put(input, value);
}

/** Whether some of its text is selected: the next key takes its place, as on a keyboard. */
function isMarked(input) {
  return document.activeElement === input && input.selectionStart !== input.selectionEnd;
}

function replaced(input, key) {
  return input.value.slice(0, input.selectionStart) + key + input.value.slice(input.selectionEnd);
}

function put(input, value) {
  input.value = value;
  input.setSelectionRange(value.length, value.length); // the same text put anew would stay selected
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.focus();
}
