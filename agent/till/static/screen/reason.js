/** Asking for a reason: the usual ones by a touch, any other typed. */

import { h } from "../base/dom.js";
import { t } from "../base/i18n.js";

/** Return {input, row} of a reason; `usual` are the keys of those that are offered, `chosen` is told when one is touched. */
export function reasonInput({ id, label, usual, value = "", oninput, chosen }) {
  const input = h("input.text", { id, type: "text", maxLength: 100, autocomplete: "off", "data-focus": id, "data-takes": "words", oninput });
  input.value = value;
  const give = (text) => () => {
    input.value = text;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
    chosen?.();
  };
  const offered = usual.map((key) => h("button.plain", { type: "button", onclick: give(t(key)) }, t(key)));
  const row = h("div.field", {}, h("label", { for: id }, label), input, h("div.reasons", { role: "group", "aria-label": t("reason.usual") }, offered));
  return { input, row };
}
