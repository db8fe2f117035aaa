/** After a sale: the change, large; and the receipt's way to head office, live. */

import { get, NoAnswer, Refusal } from "../agent/api.js";
import { session } from "../agent/session.js";
import { h } from "../base/dom.js";
import { on, tell } from "../base/bus.js";
import { money } from "../base/format.js";
import { t } from "../base/i18n.js";
import { closeSheet, isOpen, openSheet } from "../screen/sheet.js";
import { clearVerdict, showVerdict } from "../screen/verdict.js";
import { receiptStates } from "./states.js";
import { changeOf } from "./tenders.js";

const KEPT = "store-agent done";

let sale = null;
let sheet = null;
/** The last news of a paper; it may come before the sale's own answer. */
let lastJob = null;

/** Show the finished sale until the next one begins. */
export function showDone(answer, tenders) {
  const atRisk = answer.coupons.some((coupon) => coupon.outcome === "accepted_at_risk");
  const { sale_id, receipt, payable_fen } = answer;
  show({ sale_id, receipt, payable_fen, atRisk, change: changeOf(tenders), cashier: session.cashier, state: "to_be_synced", paper: paperOf(sale_id) });
  tell("sold", sale);
}

/** Show again what a reload took from the screen: the change may not be given yet. */
export function showDoneAgain() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (kept?.cashier === session.cashier) show(kept, { quiet: true });
  else forget();
}

function show(finished, how) {
  sale = finished;
  keep();
  tellDone(sale, how);
  sheet = openSheet({ name: "done", title: () => t("done.sheet"), content: done, onClose: close });
  look();
}

function keep() {
  sessionStorage.setItem(KEPT, JSON.stringify(sale));
}

function tellDone({ payable_fen: fen, receipt, atRisk, change }, how = {}) {
  const saved = () => t(atRisk ? "done.at_risk" : "done.saved", { receipt });
  showVerdict(
    {
      tone: atRisk ? "risk" : "good",
      title: () => t("done.title", { money: money(fen) }),
      sentence: () => [how.quiet && change > 0 && t("done.change", { money: money(change) }), saved()].filter(Boolean).join(" "),
    },
    how,
  );
}

function close() {
  sale = null;
  forget();
  clearVerdict();
}

function forget() {
  sessionStorage.removeItem(KEPT);
}

/** Follow the receipt; the next scan begins the next sale. */
export function startDone() {
  on("news synced", look);
  on("news print", (job) => {
    lastJob = job;
    if (!sale || !paperOf(sale.sale_id)) return;
    sale.paper = job.state;
    keep();
    draw();
  });
  on("scanned", () => (forget(), closeSheet("done")));
}

function paperOf(id) {
  return lastJob?.subject === id ? lastJob.state : null;
}

function done() {
  return h(
    "div.done",
    {},
    sale.change > 0
      ? h("p.change", {}, h("span", {}, t("pay.change")), h("strong", {}, money(sale.change)))
      : h("p.change.none", {}, h("span", {}, t("done.paid")), h("strong", {}, money(sale.payable_fen))),
    h("p.receipt", {}, sale.receipt),
    receiptStates(sale.state),
    h("p.quiet", { "aria-live": "polite" }, sale.paper ? t(`paper.${sale.paper}`) : t("paper.none")),
    h("button.primary", { type: "button", "data-autofocus": "", "data-focus": "next", onclick: () => closeSheet("done") }, t("done.next")),
  );
}

function draw() {
  if (isOpen("done")) sheet.draw();
}

async function look() {
  if (!sale) return;
  const { sale_id: id } = sale;
  try {
    const found = await get(`/sales/${id}`);
    if (sale?.sale_id !== id) return;
    sale.state = found.state;
    draw();
  } catch (error) {
    if (!(error instanceof NoAnswer) && !(error instanceof Refusal)) throw error;
  }
}
