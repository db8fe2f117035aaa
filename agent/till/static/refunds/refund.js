/** Giving a sale back, wholly or in part, with a reason and, where set, a supervisor. */

import { get, send } from "../agent/api.js";
import { write } from "../agent/writes.js";
import { fill, h } from "../base/dom.js";
import { tell } from "../base/bus.js";
import { money } from "../base/format.js";
import { said, t } from "../base/i18n.js";
import { place } from "../base/place.js";
import { act } from "../screen/act.js";
import { reasonInput } from "../screen/reason.js";
import { openSheet } from "../screen/sheet.js";
import { showVerdict } from "../screen/verdict.js";
import { askSupervisor } from "../staff/approval.js";
import { session } from "../agent/session.js";

/** Refusals that say: another till, or window, gave something of it back meanwhile. */
const CAME_BACK = ["pieces_not_left", "nothing_left_to_refund", "tenders_do_not_match"];

/** Open the refund of a sale. */
export async function openRefund(saleId) {
  const sale = await get(`/sales/${saleId}/refundable`);
  const draft = { sale, pieces: new Map(), why: "", quote: null, turn: 0 };
  openSheet({ name: "refund", title: () => t(sale.void ? "refund.void_title" : "refund.title", { receipt: sale.receipt }), content: (sheet) => form(sheet, draft), wide: true });
}

function form(sheet, draft) {
  const back = h("div.due", { "aria-live": "polite" });
  const { input: why, row } = reasonInput({ id: "refund-why", label: t("refund.why"), usual: [1, 2, 3, 4].map((n) => `refund.why_${n}`), value: draft.why, oninput: () => (draft.why = why.value), chosen: () => isForSupervisor(draft) && submit() });
  why.setAttribute("data-autofocus", ""); // Enter alone gives nothing back
  const wrong = h("p.wrong", { role: "alert" });
  const submit = act(async () => {
    if (chosen(draft).length === 0) return void (wrong.textContent = t("refund.nothing"));
    if (!draft.why.trim()) return void ((wrong.textContent = t("refund.no_why")), why.focus());
    // Of exactly these pieces, whatever answer is still on its way.
    if (await orAnew(sheet, draft, async () => (await quote(draft, back), refund(draft)))) sheet.close();
  });
  const requote = () => {
    wrong.textContent = "";
    act(() => orAnew(sheet, draft, () => quote(draft, back)))();
  };
  requote();
  return h(
    "form.two-columns",
    { onsubmit: (event) => (event.preventDefault(), submit()), novalidate: true },
    h(
      "div",
      {},
      h("button.plain.whole", { type: "button", "data-focus": "refund-whole", onclick: () => ((draft.pieces = piecesLeft(draft.sale)), sheet.draw()) }, t("refund.whole")),
      h("ul.refund-lines", {}, draft.sale.lines.map((line) => item(draft, line, requote))),
    ),
    h(
      "div.pad-side",
      {},
      row,
      back,
      wrong,
      h("button.primary", { type: "submit", "data-focus": "refund-submit" }, t("refund.submit")),
    ),
  );
}

/** Then a touch on the reason asks the supervisor at once: nothing is given back by it alone. */
function isForSupervisor(draft) {
  return draft.quote?.outcome === "needs_supervisor" && chosen(draft).length > 0;
}

function item(draft, line, changed) {
  const name = line.name || line.sku;
  const count = h("output.count", { "aria-label": t("refund.pieces_of", { name }) }, String(draft.pieces.get(line.place) ?? 0));
  const step = (by) => () => {
    const next = Math.min(line.left, Math.max(0, (draft.pieces.get(line.place) ?? 0) + by));
    draft.pieces.set(line.place, next);
    count.textContent = String(next);
    changed();
  };
  return h(
    "li.line",
    {},
    h("div.what", {}, h("p.name", {}, name), h("p.quiet", {}, t("refund.left", { left: line.left, sold: line.sold }))),
    h("div.pieces", { role: "group", "aria-label": t("refund.pieces_of", { name }) }, h("button.step", { type: "button", "aria-label": t("basket.less", { name }), onclick: step(-1) }, "−"), count, h("button.step", { type: "button", "aria-label": t("basket.more", { name }), onclick: step(1) }, "+")),
  );
}

/** Do `work`; when something else of the sale came back meanwhile, show what is left of it. */
async function orAnew(sheet, draft, work) {
  try {
    return await work();
  } catch (error) {
    if (!CAME_BACK.includes(error.code)) throw error;
    draft.sale = await get(`/sales/${draft.sale.sale_id}/refundable`);
    draft.pieces = new Map();
    if (piecesLeft(draft.sale).size) sheet.draw();
    else sheet.close();
    throw error;
  }
}

function piecesLeft(sale) {
  return new Map(sale.lines.filter((line) => line.left > 0).map((line) => [line.place, line.left]));
}

async function quote(draft, back) {
  const lines = chosen(draft);
  const turn = (draft.turn += 1);
  const quoted = lines.length ? await send("POST", `/sales/${draft.sale.sale_id}/refund-quotes`, { lines }) : null;
  if (turn !== draft.turn) return;
  Object.assign(draft, { quote: quoted, lines });
  fill(
    back,
    h("p.payable", {}, h("span", {}, t("refund.back")), h("strong", {}, money(draft.quote?.refunded_fen ?? 0))),
    draft.quote && h("p.quiet", {}, draft.quote.tenders.map((tender) => `${t(`tender.${tender.kind}`)} ${money(tender.amount_fen)}`).join(" + ")),
    draft.quote?.taken.map((one) => h("p.warning", {}, said(one.sentence))),
    draft.quote?.claim_fen > 0 && h("p.warning", {}, t("refund.claim", { money: money(draft.quote.claim_fen) })),
    draft.quote?.outcome === "needs_supervisor" && h("p.warning", {}, said(draft.quote.sentence)),
  );
}

async function refund(draft) {
  const { tenders } = draft.quote;
  const order = { till: place.till, cashier: session.cashier, why: draft.why.trim(), tenders, lines: draft.lines, print: true, open_drawer: tenders.some((tender) => tender.kind === "cash") };
  if (draft.quote.outcome === "needs_supervisor") {
    const by = await askSupervisor(() => said(draft.quote.sentence), () => asked(draft));
    if (!by) return false;
    order.approved_by = by;
  }
  const answer = await write("refund", "POST", `/sales/${draft.sale.sale_id}/refunds`, order);
  showVerdict({
    tone: answer.recorded ? "good" : "warn",
    title: () => (answer.recorded ? t("refund.done", { money: money(answer.refunded_fen) }) : said(answer.sentence)),
    sentence: () => (answer.recorded ? t("refund.receipt", { receipt: answer.receipt }) : ""),
  });
  tell("refunded", answer);
  return answer.recorded;
}

/** What a supervisor is asked to approve. */
function asked({ sale, quote, why }) {
  return [
    [t("approval.receipt"), sale.receipt],
    [t("refund.back"), money(quote.refunded_fen)],
    [t("refund.why"), why.trim()],
  ];
}

function chosen(draft) {
  return [...draft.pieces].filter(([, quantity]) => quantity > 0).map(([at, quantity]) => ({ place: at, quantity }));
}
