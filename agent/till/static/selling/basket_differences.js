/** What head office or another till changed about a basket, in sentences. Changes nothing. */

import { money } from "../base/format.js";
import { t } from "../base/i18n.js";
import { titleOf } from "../coupons/verdicts.js";

/** Reasons that lie in no basket: the coupon was good, and is not any more. */
const ELSEWHERE = ["already_used", "claimed_elsewhere", "campaign_ended", "expired", "revoked", "unknown_campaign", "unknown_key", "limit_reached"];

/** Return texts (functions) of what is other in `after` than in `before`, each {content, priced}. */
export function movedBetween(before, after) {
  if (before.priced.basket_id !== after.priced.basket_id) return [];
  return [...prices(before, after), ...coupons(before, after)];
}

/** Only of articles at head office's price: what a label or a POS said stays. */
function prices(before, after) {
  const known = new Map(ownLines(before).map((line) => [line.sku, line.unit_price_fen]));
  const other = ownLines(after).filter(({ sku, unit_price_fen: now }) => known.has(sku) && known.get(sku) !== now);
  const first = other.filter((line, at) => other.findIndex(({ sku }) => sku === line.sku) === at);
  return first.map((line) => () => t("moved.price", { name: line.name || line.sku, from: money(known.get(line.sku)), to: money(line.unit_price_fen) }));
}

function ownLines({ content, priced }) {
  return priced.lines.filter((_, at) => (content.lines[at]?.unit_price_fen ?? content.lines[at]?.amount_fen ?? null) === null);
}

function coupons(before, after) {
  const known = new Map(before.content.coupons.map((code, at) => [code, before.priced.coupons[at]]));
  return after.content.coupons.flatMap((code, at) => {
    const [was, is] = [known.get(code), after.priced.coupons[at]];
    const isLost = was && is.outcome === "refused" && was.reason !== is.reason && ELSEWHERE.includes(is.reason);
    return isLost ? [() => t("moved.coupon", { why: titleOf(is) })] : [];
  });
}
