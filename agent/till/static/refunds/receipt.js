/** One receipt as it was recorded: lines, what was taken off, tenders, points, what came back, states. */

import { get } from "../agent/api.js";
import { h } from "../base/dom.js";
import { clock, money } from "../base/format.js";
import { t } from "../base/i18n.js";
import { openSheet } from "../screen/sheet.js";
import { changeOf } from "../selling/tenders.js";
import { receiptStates } from "../selling/states.js";

/** Show the sale of `receipt`, a row of the list; `acts()` are the buttons of what can be done with it. */
export async function openReceipt(receipt, acts) {
  const found = await get(`/sales/${receipt.sale_id}`);
  openSheet({ name: "receipt", title: () => t("receipts.of", { receipt: found.receipt }), content: () => [...parts(receipt, found), h("div.acts", {}, acts())], wide: true });
}

function parts(receipt, { sale, coupons, refunds, state }) {
  const about = h("p.quiet", {}, t("receipts.about", { at: clock(receipt.occurred_at), till: receipt.till, cashier: receipt.cashier }));
  if (!sale) return [about, receiptStates(state), h("p", {}, t("receipts.pruned"))];
  return [
    about,
    receiptStates(state),
    h("ul.receipt-lines", {}, sale.lines.map(line)),
    h(
      "div.receipt-sums",
      {},
      sum(t("sums.total", { n: sale.lines.reduce((n, one) => n + one.quantity, 0) }), money(sale.total_fen)),
      (sale.promotions ?? []).map((one) => sum(one.name, money(-one.fen))),
      !sale.promotions && coupons.map((one) => sum(one.campaign_name || t("coupons.title"), money(-one.discount_fen))),
      coupons.some((one) => one.at_risk) && h("p.quiet", {}, t("receipts.at_risk")),
      sum(t("sums.payable"), money(sale.payable_fen), ".payable"),
      sale.tenders.map((one) => sum([t(`tender.${one.kind}`), one.reference].filter(Boolean).join(" "), money(one.given_fen ?? one.amount_fen))),
      changeOf(sale.tenders) > 0 && sum(t("pay.change"), money(changeOf(sale.tenders))),
      sale.member_id && sum(t("receipts.points"), `+${sale.points_earned}`),
      refunds.map((one) => sum(t("receipts.back", { receipt: one.receipt }), money(-one.refunded_fen))),
    ),
  ];
}

function line(one) {
  return h(
    "li",
    {},
    h("span.name", {}, one.name || one.sku, one.weight_g && h("span.quiet", {}, ` ${t("basket.weight", { g: one.weight_g })}`)),
    h("span.quiet", {}, t("receipts.pieces", { n: one.quantity, money: money(one.unit_price_fen) })),
    h("span.amount", {}, money(one.amount_fen)),
  );
}

function sum(name, value, kind = "") {
  return h(`p.sum${kind}`, {}, h("span", {}, name), h("span", {}, value));
}
