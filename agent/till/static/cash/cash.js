/** Cash put into the drawer or taken out of it, and the drawer opened without a sale. */

import { write } from "../agent/writes.js";
import { h } from "../base/dom.js";
import { fenOf, money } from "../base/format.js";
import { said, t } from "../base/i18n.js";
import { place } from "../base/place.js";
import { act } from "../screen/act.js";
import { askFirst, MUCH_CASH_FEN } from "../screen/ask_first.js";
import { numberInput, numpad } from "../screen/numpad.js";
import { closeWithShift } from "./current.js";
import { reasonInput } from "../screen/reason.js";
import { openSheet } from "../screen/sheet.js";
import { showVerdict } from "../screen/verdict.js";
import { askSupervisor } from "../staff/approval.js";
import { session } from "../agent/session.js";

const NAMES = { "1": "cash_in", "-1": "cash_out", "0": "drawer" };

/** Ask for cash in (1), cash out (-1), or only the drawer (0). */
export function openCash(shift, direction) {
  const name = NAMES[direction];
  const sheet = openSheet({ name: "cash", title: () => t(`shift.${name}`), content: (drawn) => form(drawn, shift, direction) });
  closeWithShift(sheet, shift);
}

function form(sheet, shift, direction) {
  const amount = numberInput({ id: "cash-amount", label: t("cash.amount"), takes: "money" });
  const { input: why, row } = reasonInput({ id: "cash-why", label: t("cash.why"), usual: [1, 2, 3].map((n) => `cash.${NAMES[direction]}_${n}`) });
  const wrong = h("p.wrong", { role: "alert" });
  (direction ? amount.input : why).setAttribute("data-autofocus", "");
  const submit = act(async () => {
    const fen = direction ? fenOf(amount.input.value) : 0;
    if (direction && !fen) return void (wrong.textContent = t("shift.no_amount"));
    if (fen >= MUCH_CASH_FEN && !(await askFirst(() => t("cash.much", { money: money(fen) })))) return amount.input.select();
    if (!why.value.trim()) return void ((wrong.textContent = t("cash.no_why")), why.focus());
    await (direction ? moveCash(shift, fen * direction, why.value.trim()) : openDrawer(shift, why.value.trim()));
    sheet.close();
  });
  return h(
    "form.two-columns",
    { onsubmit: (event) => (event.preventDefault(), submit()), novalidate: true },
    h("div", {}, direction !== 0 && amount.row, row, wrong),
    h("div.pad-side", {}, direction !== 0 && numpad(amount.input, ["00", "."]), h("button.primary", { type: "submit" }, t("cash.submit"))),
  );
}

async function moveCash(shift, fen, why) {
  await write("cash", "POST", `/shifts/${shift.shift_id}/cash`, { ...here(), amount_fen: fen, why, open_drawer: true });
  showVerdict({ tone: "good", title: () => t("cash.done", { money: money(fen) }), sentence: () => why });
}

async function openDrawer(shift, why) {
  const path = `/shifts/${shift.shift_id}/drawer`;
  let answer = await write("drawer", "POST", path, { ...here(), why });
  if (!answer.recorded) {
    const by = await askSupervisor(() => said(answer.sentence), () => [[t("cash.why"), why]]);
    if (!by) return;
    answer = await write("drawer", "POST", path, { ...here(), why, approved_by: by });
  }
  showVerdict({ tone: answer.recorded ? "good" : "warn", title: () => t("shift.drawer"), sentence: () => said(answer.sentence) });
}

function here() {
  return { till: place.till, cashier: session.cashier };
}
