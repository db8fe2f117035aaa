/** Today's receipts: found, printed again, given back; each with its state, live. */

import { get, NoAnswer, Refusal } from "../agent/api.js";
import { write } from "../agent/writes.js";
import { fill, h } from "../base/dom.js";
import { on } from "../base/bus.js";
import { clock, money } from "../base/format.js";
import { t } from "../base/i18n.js";
import { place } from "../base/place.js";
import { act } from "../screen/act.js";
import { toast } from "../screen/notices.js";
import { refusalText } from "../screen/refusals.js";
import { isOpen, openSheet } from "../screen/sheet.js";
import { session } from "../agent/session.js";
import { openRefund } from "./refund.js";
import { stateWord } from "../selling/states.js";

const TYPING_MS = 150;

let query = "";
let list = null;

/** Open the receipts of today, or those that fit `text`. */
export function openReceipts(text = "") {
  query = text;
  openSheet({ name: "receipts", title: () => t("receipts.title"), content: form, wide: true });
}

/** Follow scans of receipt numbers, and what head office confirms. */
export function startReceipts() {
  on("receipt scanned", openReceipts);
  for (const news of ["news synced", "news print", "refunded", "refused"]) on(news, () => isOpen("receipts") && show());
}

function form() {
  list = h("div.found", { "aria-live": "polite" });
  const input = h("input.text", { id: "receipt-query", type: "search", autocomplete: "off", maxLength: 60, "data-autofocus": "", "data-focus": "receipt-query" });
  input.value = query;
  let timer = 0;
  input.addEventListener("input", () => {
    query = input.value.trim();
    clearTimeout(timer);
    timer = setTimeout(show, TYPING_MS);
  });
  show();
  return h("form", { role: "search", onsubmit: (event) => (event.preventDefault(), show()), novalidate: true }, h("div.field", {}, h("label", { for: "receipt-query" }, t("receipts.query")), input), list);
}

async function show() {
  const [into, asked] = [list, query];
  try {
    const { receipts, more } = await get("/sales", asked ? { query: asked } : {});
    if (into !== list || asked !== query) return;
    fill(into, receipts.length === 0 && h("p", {}, t("receipts.none")), receipts.length > 0 && table(receipts), more && h("p.quiet", {}, t("search.more")));
  } catch (error) {
    if (!(error instanceof NoAnswer) && !(error instanceof Refusal)) throw error;
    fill(into, h("p.wrong", {}, refusalText(error)));
  }
}

function table(receipts) {
  return h("ul.receipt-list", {}, receipts.map(row));
}

function row(receipt) {
  const isRefund = receipt.kind === "refund";
  const left = receipt.amount_fen - receipt.refunded_fen;
  return h(
    "li.receipt-row",
    { "data-receipt": receipt.receipt },
    h("div.what", {}, h("p.name", {}, receipt.receipt), h("p.quiet", {}, `${clock(receipt.occurred_at)} · ${receipt.cashier}`, receipt.prints > 1 && ` · ${t("receipts.copies", { n: receipt.prints - 1 })}`)),
    stateWord(receipt.state),
    h("p.amount", {}, money(isRefund ? -receipt.amount_fen : receipt.amount_fen), receipt.refunded_fen > 0 && h("span.quiet", {}, t("receipts.refunded", { money: money(-receipt.refunded_fen) }))),
    h(
      "div.acts",
      {},
      h("button.plain", { type: "button", "data-focus": `print-${receipt.receipt}`, "aria-label": t("receipts.reprint_of", { receipt: receipt.receipt }), onclick: act(() => reprint(receipt)) }, t("receipts.reprint")),
      !isRefund && left > 0 && h("button.plain", { type: "button", "data-focus": `refund-${receipt.receipt}`, "aria-label": t("receipts.refund_of", { receipt: receipt.receipt }), onclick: act(() => openRefund(receipt.sale_id)) }, t("receipts.refund")),
    ),
  );
}

async function reprint(receipt) {
  const subject = receipt.refund_id ?? receipt.sale_id;
  const job = await write("print", "POST", `/prints/${subject}`, { till: place.till, cashier: session.cashier });
  toast("printing", { tone: "plain", text: () => t("receipts.printing", { receipt: receipt.receipt, n: job.copy }) });
}
