/** What promotions did to the basket: what was taken off, and what a little more would bring. */

import { h } from "../base/dom.js";
import { money } from "../base/format.js";
import { said, t } from "../base/i18n.js";
import { openSheet } from "../screen/sheet.js";
import { priced } from "./basket.js";

/** Below a line: what each promotion took off it. */
export function takenOff({ allocations = [] }) {
  return allocations.map((one) => h("p.taken-off", {}, h("span", {}, one.name), h("span", {}, money(-one.fen))));
}

/** Beside the lines: what was applied without a coupon, and the nearest that was not. Null: neither. */
export function promotionPanel() {
  const applied = automatic();
  const { not_applied: lacking = [], nudge } = priced;
  if (applied.length === 0 && lacking.length === 0) return null;
  return h(
    "button.panel.promotions",
    { type: "button", "data-focus": "promotions", onclick: openPromotions },
    h("span.title", {}, t("promotions.title"), lacking.length > 0 && h("span.quiet", {}, ` ${t("promotions.others", { n: lacking.length })}`)),
    applied.map((one) => row(nameOf(one), money(-one.fen))),
    nudge && h("span.nudge", {}, said(nudge)),
  );
}

/** Tell each promotion: what it took off, or why it did not. */
function openPromotions() {
  openSheet({ name: "promotions", title: () => t("promotions.title"), content });
}

function content() {
  const { promotions: applied = [], not_applied: lacking = [] } = priced;
  return [
    applied.length > 0 && h("section", {}, h("h3", {}, t("promotions.applied")), applied.map((one) => row(nameOf(one), money(-one.fen)))),
    lacking.length > 0 && h("section", {}, h("h3", {}, t("promotions.not_applied")), lacking.map((one) => row(one.name, said(one.sentence)))),
  ].filter(Boolean);
}

/** Coupons are told in their own panel. */
function automatic() {
  return (priced.promotions ?? []).filter((one) => one.coupon_id === null);
}

function nameOf({ name, times }) {
  return times > 1 ? t("promotions.times", { name, n: times }) : name;
}

function row(name, value) {
  return h("span.promotion", {}, h("span.name", {}, name), h("span.amount", {}, value));
}
