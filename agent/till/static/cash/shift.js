/** The till's shift: opened with a float, closed by a blind count. */

import { get, NoAnswer, Refusal } from "../agent/api.js";
import { write } from "../agent/writes.js";
import { h } from "../base/dom.js";
import { on } from "../base/bus.js";
import { clock, fenOf, money } from "../base/format.js";
import { said, t } from "../base/i18n.js";
import { place } from "../base/place.js";
import { act } from "../screen/act.js";
import { askFirst, MUCH_CASH_FEN } from "../screen/ask_first.js";
import { numberInput, numpad } from "../screen/numpad.js";
import { notice } from "../screen/notices.js";
import { hasSheet, openSheet } from "../screen/sheet.js";
import { showVerdict } from "../screen/verdict.js";
import { askSupervisor } from "../staff/approval.js";
import { isAtWork, session } from "../agent/session.js";
import { openCash } from "./cash.js";
import { openClosing } from "./closing.js";
import { closeWithShift, look, shift } from "./current.js";
import { showReport } from "./report.js";

/** Follow who is at work: whoever begins without an open shift is asked to open one. */
export function startShift() {
  on("session", () => isAtWork() && begin());
  on("shift", draw);
  on("session", draw);
}

/** Open what can be done with the shift. */
export async function openShift() {
  await look();
  const about = shift;
  const sheet = openSheet({ name: "shift", title: () => t("shift.title"), content: (drawn) => (about ? running(drawn) : opening(drawn)) });
  closeWithShift(sheet, about);
}

async function begin() {
  try {
    await look();
  } catch (error) {
    if (!(error instanceof NoAnswer) && !(error instanceof Refusal)) throw error;
    return;
  }
  if (!shift && !hasSheet()) openShift();
}

function draw() {
  const text = () => t("shift.none_open");
  notice("no-shift", isAtWork() && !shift ? { tone: "warn", text, action: { label: () => t("shift.open"), run: act(openShift) } } : null);
}

function opening(sheet) {
  const float = numberInput({ id: "float", label: t("shift.float"), takes: "money" });
  float.input.setAttribute("data-autofocus", "");
  const wrong = h("p.wrong", { role: "alert" });
  const submit = act(async () => {
    const fen = float.input.value.trim() === "" ? 0 : fenOf(float.input.value);
    if (fen === null) return void (wrong.textContent = t("shift.no_amount"));
    if (fen >= MUCH_CASH_FEN && !(await askFirst(() => t("cash.much", { money: money(fen) })))) return float.input.select();
    await write("shift", "POST", "/shifts", { till: place.till, cashier: session.cashier, float_fen: fen });
    sheet.close();
    await look();
    showVerdict({ tone: "good", title: () => t("shift.opened"), sentence: () => t("shift.opened_with", { money: money(fen) }) });
  });
  return h(
    "form.two-columns",
    { onsubmit: (event) => (event.preventDefault(), submit()), novalidate: true },
    h("div", {}, h("p.about", {}, t("shift.open_hint")), float.row, wrong),
    h("div.pad-side", {}, numpad(float.input, ["00", "."]), h("button.primary", { type: "submit" }, t("shift.open"))),
  );
}

function running(sheet) {
  const go = (run) => act(async () => (sheet.close(), run(shift)));
  return h(
    "div.shift",
    {},
    h("p.about", {}, t("shift.running", { no: shift.z_no, cashier: shift.opened_by, at: clock(shift.opened_at), money: money(shift.float_fen) })),
    h(
      "div.tiles",
      {},
      tile("cash_in", go(() => openCash(shift, 1))),
      tile("cash_out", go(() => openCash(shift, -1))),
      tile("drawer", go(() => openCash(shift, 0))),
      tile("x_report", go(xReport)),
      tile("close", go(openClosing), "primary"),
    ),
  );
}

function tile(name, run, kind = "plain") {
  return h(`button.${kind}`, { type: "button", "data-focus": name, "data-tile": name, onclick: run }, t(`shift.${name}`));
}

async function xReport() {
  const path = `/shifts/${shift.shift_id}/report`;
  let answer = await get(path);
  if (!answer.report) {
    if (!(await askSupervisor(() => said(answer.sentence)))) return;
    answer = await get(path);
  }
  if (answer.report) showReport(answer.report);
}
