/** What the customer sees: a welcome, the basket as it grows, or the change with the receipt's code. */

import { h } from "../base/dom.js";
import { money } from "../base/format.js";
import { said, t } from "../base/i18n.js";

/** Modules of light around a QR code (ISO/IEC 18004). */
const QUIET = 4;

/** Return the elements for a view, as GET /customer/events tells it. */
export function screenOf(view) {
  return { basket, paid }[view.state]?.(view) ?? welcome();
}

function welcome() {
  return h("section.welcome", {}, h("h1", {}, t("customer.welcome")));
}

function basket(view) {
  const pieces = view.lines.reduce((sum, line) => sum + line.quantity, 0);
  return [
    h("ul.bought", { tabindex: "0", "aria-label": t("basket.label") }, view.lines.map(line)),
    h(
      "section.sums",
      {},
      view.member && h("p.member", {}, t("customer.member", { phone: view.member })),
      sum(t("sums.total", { n: pieces }), view.total_fen),
      view.discounts.map((one) => sum(one.name, -one.discount_fen, ".saved")),
      h("h1.due", {}, h("span", {}, t("sums.payable")), h("strong", {}, money(view.payable_fen))),
      view.nudge && h("p.nudge", {}, said(view.nudge)),
    ),
  ];
}

function sum(name, fen, kind = "") {
  return h(`p.sum${kind}`, {}, h("span", {}, name), h("span", {}, money(fen)));
}

function line({ name, quantity, weight_g: grams, amount_fen: fen }) {
  const many = grams ? t("basket.weight", { g: grams }) : `× ${quantity}`;
  return h("li", {}, h("span.name", {}, name), h("span.many", {}, many), h("span.amount", {}, money(fen)));
}

function paid(view) {
  const isChange = view.change_fen > 0;
  return [
    h(
      "section.change",
      {},
      h("h1.due", {}, h("span", {}, t(isChange ? "customer.change" : "customer.paid")), h("strong", {}, money(isChange ? view.change_fen : view.payable_fen))),
      isChange && sum(t("customer.paid"), view.payable_fen),
      h("p.thanks", {}, t("customer.thanks")),
    ),
    view.code && h("figure.code", {}, code(view.code), h("figcaption", {}, caption(view), h("span.receipt", {}, view.receipt))),
  ];
}

function caption({ code: { leads_to_receipt: leads } }) {
  return t(leads ? "customer.e_receipt" : "customer.receipt_words");
}

/** The code as a picture of one pixel a module; the style sheet makes it large. */
function code({ rows }) {
  const size = rows.length + 2 * QUIET;
  const canvas = h("canvas", { width: size, height: size, role: "img", "aria-label": t("customer.code") });
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff"; // also in the dark theme: telephones read dark on light
  pen.fillRect(0, 0, size, size);
  pen.fillStyle = "#000";
  rows.forEach((row, y) => [...row].forEach((module, x) => module === "1" && pen.fillRect(x + QUIET, y + QUIET, 1, 1)));
  return canvas;
}
