/** Taking the money: one tender or several, then the sale is recorded once. */

import { write } from "../agent/writes.js";
import { byId, fill, h } from "../base/dom.js";
import { on } from "../base/bus.js";
import { fenOf, money, typed } from "../base/format.js";
import { t } from "../base/i18n.js";
import { place } from "../base/place.js";
import { isGtin } from "../scan/gtin.js";
import { scansGoTo } from "./scans.js";
import { approvedBy, content, goodCoupons, inTurn, priced, refreshNow } from "./basket.js";
import { ofCoupon } from "../coupons/verdicts.js";
import { act } from "../screen/act.js";
import { askFirst } from "../screen/ask_first.js";
import { numberInput, numpad } from "../screen/numpad.js";
import { closeSheet, focusFirst, isOpen, openSheet } from "../screen/sheet.js";
import { showVerdict } from "../screen/verdict.js";
import { session } from "../agent/session.js";
import { showDone } from "./done.js";
import { canBeSold } from "./out_of_sale.js";
import { changeOf, fitted, isTooMuchCash, KINDS, leftOf, quickNotes, tenderOf } from "./tenders.js";

/** agent/domain/selling/events.py */
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9 ._/-]{0,63}$/;

let tenders = [];
let kind = "cash";
let sheet = null;
let paidFor = 0;

/** Open the sheet that takes the money for the basket, once what was scanned is in it. */
export function openPay() {
  return open("cash", () => []);
}

/** The same, with all of it paid by `by`: what is left is to confirm that the money came. */
export function openPaidBy(by) {
  return open(by, () => fitted(priced.payable_fen, [{ kind: by, amount_fen: priced.payable_fen }]));
}

async function open(by, begun) {
  await inTurn(() => undefined);
  if (priced.lines.length === 0 || !canBeSold()) return;
  tenders = begun();
  kind = by;
  paidFor = priced.payable_fen;
  sheet = openSheet({ name: "pay", title: () => t("pay.title"), content: form, wide: true });
}

/** Draw anew when the basket changes under the sheet: something was scanned meanwhile. */
export function startPay() {
  scansGoTo(takesReference);
  on("basket", () => {
    if (!isOpen("pay")) return;
    if (priced.lines.length === 0 || priced.out_of_sale?.length) return closeSheet("pay");
    if (priced.payable_fen !== paidFor) tenders = fitted(priced.payable_fen, tenders);
    paidFor = priced.payable_fen;
    const given = kind === "cash" && byId("given")?.value;
    sheet.draw();
    if (given && byId("given")) byId("given").value = given; // what the customer handed over stays so
  });
}

function form() {
  const left = leftOf(priced.payable_fen, tenders);
  return left > 0 ? taking(left) : ready();
}

function taking(left) {
  const given = numberInput({ id: "given", label: t(kind === "cash" ? "pay.given" : "pay.amount"), takes: "money", value: kind === "cash" ? "" : typed(left), maxlength: 12 });
  given.input.setAttribute("data-autofocus", "");
  given.input.placeholder = typed(left);
  const wrong = h("p.wrong", { id: "pay-wrong", role: "alert" });
  const add = async (fen) => {
    wrong.textContent = "";
    if (!tenderOf(kind, fen, left)) {
      wrong.textContent = t(fen !== null && fen > left ? "pay.too_much" : "pay.no_amount");
      return given.input.select();
    }
    if (kind === "cash" && isTooMuchCash(fen, left)) {
      const isMeant = await askFirst(() => t("pay.much", { given: money(fen), change: money(fen - left) }));
      if (!isMeant) return focusFirst(sheet.element);
    }
    tenders = fitted(priced.payable_fen, [...tenders, { kind, amount_fen: fen, given_fen: kind === "cash" ? fen : undefined }]);
    draw();
  };
  const addNote = act(async (fen) => {
    await add(fen);
    if (leftOf(priced.payable_fen, tenders) === 0) await finish();
  });
  const submit = (event) => {
    event.preventDefault();
    add(given.input.value.trim() === "" ? left : fenOf(given.input.value));
  };
  return h(
    "form.two-columns",
    { onsubmit: submit, novalidate: true },
    h("div", {}, sums(left), ways(), kind === "cash" && notes(left, addNote), tenderList()),
    h("div.pad-side", {}, given.row, wrong, numpad(given.input, ["00", "."]), h("button.primary", { type: "submit" }, t("pay.take"))),
  );
}

function ready() {
  return h(
    "div.two-columns",
    {},
    h("div", {}, sums(0), tenderList(), tenders.map(reference)),
    h(
      "div.pad-side.ready",
      {},
      changeOf(tenders) > 0 && h("p.change", {}, h("span", {}, t("pay.change")), h("strong", {}, money(changeOf(tenders)))),
      h("button.primary.finish", { type: "button", "data-autofocus": "", "data-focus": "finish", onclick: act(finish) }, finishing()),
    ),
  );
}

/** The number of a payment that was made elsewhere, typed or scanned; it may stay empty. */
function reference(tender, at) {
  if (tender.kind === "cash") return null;
  const id = `reference-${at}`;
  const input = h("input.text", { id, type: "text", autocomplete: "off", maxLength: 64, "data-focus": id, "data-takes": "reference", oninput: () => refer(at, input.value) });
  input.value = tender.reference ?? "";
  input.addEventListener("keydown", (event) => event.key === "Enter" && act(finish)());
  return h("div.field", {}, h("label", { for: id }, t("pay.reference", { kind: t(`tender.${tender.kind}`) })), input);
}

/** What can't be one is left out when the sale is recorded. */
function refer(at, text) {
  tenders[at].reference = text.normalize("NFKC").trim();
}

/** Take a scan as the number of a payment, if its field is being filled in. */
function takesReference(code) {
  const input = document.activeElement;
  if (!isOpen("pay") || input?.dataset.takes !== "reference" || !REFERENCE.test(code) || isOtherwise(code)) return false;
  input.value = code;
  refer(Number(input.id.split("-")[1]), code);
  return true;
}

/** Articles, coupons, and what moves money by itself, which nobody may keep. */
function isOtherwise(code) {
  return isGtin(code) || /^HQ1/i.test(code) || /^(1[0-5]\d{16}|(2[5-9]|30)\d{14,22}|62\d{17})$/.test(code);
}

/** What the button says: of money that nobody sees come, how much of it and by which way. */
function finishing() {
  const [only, more] = tenders;
  if (!only || more || only.kind === "cash") return t("pay.finish");
  return t("pay.confirm", { kind: t(`tender.${only.kind}`), money: money(only.amount_fen) });
}

function draw() {
  sheet.draw();
  const next = sheet.element.querySelector("[data-autofocus]");
  next?.focus();
  next?.select?.(); // what is typed takes the place of the sum proposed
}

function sums(left) {
  return h(
    "div.due",
    {},
    h("p.payable", {}, h("span", {}, t("sums.payable")), h("strong", {}, money(priced.payable_fen))),
    uncounted() > 0 && h("p.warning", {}, t("pay.uncounted", { n: uncounted() })),
    tenders.length > 0 && left > 0 && h("p.payable.left", {}, h("span", {}, t("pay.left")), h("strong", {}, money(left))),
  );
}

/** Coupons that lie in the basket and take nothing off: nobody shall miss it after the customer has paid. */
function uncounted() {
  return content.coupons.length - goodCoupons().length;
}

function ways() {
  return h(
    "div.ways",
    { role: "group", "aria-label": t("pay.ways") },
    KINDS.map((one) => h("button.way", { type: "button", "aria-pressed": String(one === kind), "data-focus": `way-${one}`, onclick: () => ((kind = one), draw()) }, t(`tender.${one}`))),
  );
}

function notes(left, add) {
  return h("div.notes", { role: "group", "aria-label": t("pay.notes") }, quickNotes(left).map((fen) => h("button.note", { type: "button", onclick: () => add(fen) }, fen === left ? t("pay.exact", { money: money(fen) }) : money(fen))));
}

function tenderList() {
  return h(
    "ul.tenders",
    {},
    tenders.map((tender, at) =>
      h(
        "li",
        {},
        h("span.name", {}, t(`tender.${tender.kind}`)),
        h("span.amount", {}, money(tender.given_fen ?? tender.amount_fen)),
        h("button.remove", { type: "button", "aria-label": t("pay.remove", { kind: t(`tender.${tender.kind}`) }), onclick: () => (tenders.splice(at, 1), draw()) }, "✕"),
      ),
    ),
  );
}

async function finish() {
  const shown = tenders;
  const waiting = fill(sheet.element.querySelector(".ready"), h("p.waiting", { role: "status" }, t("pay.recording")));
  try {
    // What was scanned before is in it, or the sheet shows another sum; what is scanned from here on is the next customer's.
    await inTurn(() => tenders === shown && isOpen("pay") && record());
  } finally {
    if (waiting.isConnected) draw();
  }
}

async function record() {
  const order = {
    till: place.till,
    cashier: session.cashier,
    lines: content.lines,
    coupons: goodCoupons(),
    tenders: tenders.map(({ reference: told, ...tender }) => (REFERENCE.test(told ?? "") ? { ...tender, reference: told } : tender)),
    print: true,
    open_drawer: tenders.some((tender) => tender.kind === "cash" && tender.amount_fen > 0),
  };
  if (content.member_id) order.member_id = content.member_id;
  for (const name of ["channel", "passphrases", "by_hand"]) if (content[name]?.length) order[name] = content[name];
  if (priced.basket_id) Object.assign(order, { basket_id: priced.basket_id, basket_revision: priced.revision });
  if (approvedBy && (order.coupons.length || order.by_hand)) order.approved_by = approvedBy;
  await settled(order, await write("sale", "POST", "/sales", order));
}

/** Show what became of a sale, in its turn: also of one that a reload interrupted. */
export async function settled(order, answer) {
  if (answer.recorded) {
    closeSheet("pay");
    showDone(answer, order.tenders);
    return refreshNow();
  }
  const refused = answer.coupons.find((coupon) => !coupon.outcome.startsWith("accepted"));
  closeSheet("pay");
  if (canBeSold(answer) && refused) showVerdict(ofCoupon(refused));
  return refreshNow();
}
