/** The receipts of a business day: found, printed again, given back; each with its state, live. */

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
import { closeSheet, isOpen, openSheet } from "../screen/sheet.js";
import { session } from "../agent/session.js";
import { openReceipt } from "./receipt.js";
import { openRefund } from "./refund.js";
import { stateWord } from "../selling/states.js";

const TYPING_MS = 150;

const DAY_MS = 86_400_000;

let query = "";
/** The business date that is shown, as YYYY-MM-DD; null for the store's today. */
let day = null;
/** The store's today, as last told. */
let today = null;
let list = null;
let days = null;

/** Open the receipts of today, or those that fit `text`. */
export function openReceipts(text = "") {
  query = text;
  day = null;
  openSheet({ name: "receipts", title: () => t("receipts.title"), content: form, wide: true });
}

/** Follow scans of receipt numbers, and what head office confirms. */
export function startReceipts() {
  on("receipt scanned", openReceipts);
  on("refunded", () => closeSheet("receipt"));
  for (const news of ["news synced", "news print", "refunded", "refused"]) on(news, () => isOpen("receipts") && show());
}

function form() {
  list = h("div.found", { "aria-live": "polite" });
  days = h("div.days", { role: "group", "aria-label": t("receipts.day") });
  const input = h("input.text", { id: "receipt-query", type: "search", autocomplete: "off", maxLength: 60, "data-autofocus": "", "data-focus": "receipt-query" });
  input.value = query;
  let timer = 0;
  input.addEventListener("input", () => {
    query = input.value.trim();
    clearTimeout(timer);
    timer = setTimeout(show, TYPING_MS);
  });
  show();
  return h("form", { role: "search", onsubmit: (event) => (event.preventDefault(), show()), novalidate: true }, h("div.field", {}, h("label", { for: "receipt-query" }, t("receipts.query")), input), days, list);
}

function showDay(date) {
  day = date === today ? null : date;
  show();
}

/** The day that is shown, the days beside it, and any other. */
function dayPicker(shown) {
  const input = h("input.text", { id: "receipt-day", type: "date", max: today, "data-focus": "receipt-day", onchange: () => input.value && showDay(input.value) });
  input.value = shown;
  const step = (by, name) => h("button.plain", { type: "button", "data-focus": name, disabled: by > 0 && shown >= today, onclick: () => showDay(besides(shown, by)) }, t(`receipts.${name}`));
  return [step(-1, "day_before"), h("label.unseen", { for: "receipt-day" }, t("receipts.day")), input, step(1, "day_after")];
}

/** The date so many days beside another; days of the calendar, in no zone. */
function besides(date, by) {
  return new Date(Date.parse(`${date}T00:00:00Z`) + by * DAY_MS).toISOString().slice(0, 10);
}

async function show() {
  const [into, asked, on] = [list, query, day];
  const order = { ...(asked && { query: asked }), ...(on && { business_date: on }) };
  try {
    const found = await get("/sales", order);
    if (into !== list || asked !== query || on !== day) return;
    today = found.today;
    const shown = found.business_date ?? found.receipts[0]?.business_date ?? today;
    if (document.activeElement?.id !== "receipt-day") fill(days, dayPicker(shown)); // it is being typed
    fill(into, found.receipts.length ? byDay(found.receipts) : none(shown), found.more && h("p.quiet", {}, t("search.more")));
  } catch (error) {
    if (!(error instanceof NoAnswer) && !(error instanceof Refusal)) throw error;
    fill(into, h("p.wrong", {}, refusalText(error)));
  }
}

function none(date) {
  return [h("h3", {}, dayName(date)), h("p", {}, t("receipts.none"))];
}

function byDay(receipts) {
  const dates = [...new Set(receipts.map((one) => one.business_date))];
  return dates.map((date) => [h("h3", {}, dayName(date)), h("ul.receipt-list", {}, receipts.filter((one) => one.business_date === date).map(row))]).flat();
}

function dayName(date) {
  return date === today ? t("receipts.today", { date }) : date;
}

function row(receipt) {
  const isRefund = receipt.kind === "refund";
  return h(
    "li.receipt-row",
    { "data-receipt": receipt.receipt },
    h("button.plain.what", { type: "button", "data-focus": `show-${receipt.receipt}`, "aria-label": t("receipts.show", { receipt: receipt.receipt }), onclick: act(() => openReceipt(receipt, () => acts(receipt))) }, h("p.name", {}, receipt.receipt), h("p.quiet", {}, `${clock(receipt.occurred_at)} · ${receipt.cashier}`, receipt.prints > 1 && ` · ${t("receipts.copies", { n: receipt.prints - 1 })}`)),
    stateWord(receipt.state),
    h("p.amount", {}, money(isRefund ? -receipt.amount_fen : receipt.amount_fen), receipt.pieces_back > 0 && h("span.quiet", {}, backText(receipt))),
    h("div.acts", {}, acts(receipt)),
  );
}

/** What can be done with it. */
function acts(receipt) {
  return [
    h("button.plain", { type: "button", "data-focus": `print-${receipt.receipt}`, "aria-label": t("receipts.reprint_of", { receipt: receipt.receipt }), onclick: act(() => reprint(receipt)) }, t("receipts.reprint")),
    receipt.pieces_left > 0 && h("button.plain", { type: "button", "data-focus": `refund-${receipt.receipt}`, "aria-label": t("receipts.refund_of", { receipt: receipt.receipt }), onclick: act(() => openRefund(receipt.sale_id)) }, t("receipts.refund")),
  ].filter(Boolean);
}

/** What was worth nothing comes back in pieces only. */
function backText({ refunded_fen: fen, pieces_back: n }) {
  return fen > 0 ? t("receipts.refunded", { money: money(-fen) }) : t("receipts.pieces_back", { n });
}

async function reprint(receipt) {
  const subject = receipt.refund_id ?? receipt.sale_id;
  const job = await write("print", "POST", `/prints/${subject}`, { till: place.till, cashier: session.cashier });
  toast("printing", { tone: "plain", text: () => t("receipts.printing", { receipt: receipt.receipt, n: job.copy }) });
}
