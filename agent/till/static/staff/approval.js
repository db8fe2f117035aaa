/** A supervisor's PIN, asked for amid a cashier's work. */

import { send } from "../agent/api.js";
import { session } from "../agent/session.js";
import { on } from "../base/bus.js";
import { h } from "../base/dom.js";
import { t } from "../base/i18n.js";
import { numberInput, numpad } from "../screen/numpad.js";
import { openSheet } from "../screen/sheet.js";
import { pinInput, tryPin, wrongLine } from "./sign_in.js";

/** The number of the supervisor who approved last at this browser: mostly it is the same one. */
const LAST = "store-agent supervisor";

/**
 * Ask a supervisor to approve `what()`, of which `facts()` are the [name, value] that they judge by; who
 * asks is told with them. Returns who approved, or null.
 */
export function askSupervisor(what, facts = () => []) {
  return new Promise((resolve) => {
    let approved = null;
    openSheet({
      name: "approval",
      title: () => t("approval.title"),
      content: (sheet) => form(sheet, what, facts, (by) => (approved = by)),
      onClose: () => resolve(approved),
    });
  });
}

function form(sheet, what, facts, done) {
  const usual = localStorage.getItem(LAST) ?? "";
  const number = numberInput({ id: "supervisor", label: t("approval.supervisor"), takes: "secret", value: usual, maxlength: 32 });
  const pin = pinInput("supervisor-pin");
  const wrong = wrongLine("approval-wrong");
  const first = usual ? pin.input : number.input;
  const pad = h("div.pad-place", {}, numpad(first));
  first.setAttribute("data-autofocus", "");
  number.input.addEventListener("focus", () => pad.replaceChildren(numpad(number.input)));
  pin.input.addEventListener("focus", () => pad.replaceChildren(numpad(pin.input)));
  const scanned = on("card scanned", (card) => {
    if (!sheet.element.isConnected) return scanned();
    tryPin(wrong, pin.input, async () => {
      const answer = await send("POST", "/approvals/card", { card });
      done(answer.approved_by);
      sheet.close();
    });
  });
  const submit = async () => {
    if (!number.input.value) return number.input.focus();
    if (!pin.input.value) return pin.input.focus();
    await tryPin(wrong, pin.input, async () => {
      const answer = await send("POST", "/approvals", { cashier: number.input.value, pin: pin.input.value });
      localStorage.setItem(LAST, number.input.value);
      done(answer.approved_by);
      sheet.close();
    });
  };
  return h(
    "form.two-columns",
    { onsubmit: (event) => (event.preventDefault(), submit()), novalidate: true },
    h("div", {}, h("p.about", {}, what()), h("p.quiet", {}, t("approval.by_card")), h("dl.facts", {}, [...facts(), [t("approval.asks"), whoAsks()]].map(fact)), number.row, pin.row, wrong),
    h("div.pad-side", {}, pad, h("button.primary", { type: "submit" }, t("approval.submit"))),
  );
}

function whoAsks() {
  return [session.name, session.cashier].filter(Boolean).join(" · ");
}

function fact([name, value]) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}
