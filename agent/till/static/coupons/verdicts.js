/** From the agent's word on a code to what the cashier sees and hears. Changes nothing. */

import { clock, money } from "../base/format.js";
import { knows, said, t } from "../base/i18n.js";

const TONES = { accepted: "good", accepted_at_risk: "risk", needs_online: "warn", needs_supervisor: "warn", refused: "bad" };
/** Refused as the basket is now: more in it, or a member, may make the coupon good. */
const NOT_YET = [
  "min_spend_not_met",
  "no_matching_item",
  "gift_not_in_basket",
  "set_incomplete",
  "nothing_off",
  "pieces_missing",
  "not_stackable",
  "better_without",
  "needs_other_coupon",
  "not_for_this_member",
  "coupon_limit",
  "member_required",
  "not_this_member",
];

/** Whether a coupon belongs into the basket: it counts, or may come to count. */
export function belongsInBasket(verdict) {
  return verdict.outcome.startsWith("accepted") || verdict.outcome === "needs_supervisor" || NOT_YET.includes(verdict.reason);
}

/** The tone of a verdict on a coupon. */
export function toneOf(verdict) {
  return NOT_YET.includes(verdict.reason) || verdict.reason === "payment_code" ? "warn" : TONES[verdict.outcome];
}

/** The verdict on a coupon, or on what is none. */
export function ofCoupon(verdict) {
  return {
    tone: toneOf(verdict),
    title: () => titleOf(verdict),
    sentence: () => sentenceOf(verdict),
    next: () => nextOf(verdict),
    facts: verdict.reason === "already_used" ? () => whereUsed(verdict.detail) : null,
  };
}

/** The verdict on an article that went into the basket. */
export function ofArticle(article, priced) {
  return {
    tone: "tick",
    title: () => article.name || article.sku,
    sentence: () => t("verdict.article", { price: money(article.price_fen), total: money(priced.payable_fen) }),
  };
}

/** The verdict on a member's code. */
export function ofMember(member) {
  return {
    tone: "good",
    title: () => t("verdict.member", { tier: member.tier }),
    sentence: () => t("verdict.member_points", { phone: member.phone_masked, points: member.points }),
  };
}

/** Scans that wait until somebody is at work. */
export function waiting(count) {
  return { tone: "warn", title: () => t("verdict.waiting", { n: count }), sentence: () => t("verdict.waiting_hint") };
}

/** What a verdict is called in a word or two. */
export function titleOf(verdict) {
  const name = verdict.campaign_name ? ` · ${verdict.campaign_name}` : "";
  const key = `reason.${verdict.reason}`;
  if (verdict.outcome === "refused") return (knows(key) ? t(key) : t("outcome.refused")) + name;
  return t(`outcome.${verdict.outcome}`) + name;
}

function sentenceOf(verdict) {
  const gaps = { money: money(verdict.discount_fen) };
  if (verdict.reason === "claimed") return t("verdict.saves_claimed", gaps);
  if (verdict.reason === "claimed_when_used") return t("verdict.saves_claiming", gaps);
  if (verdict.outcome === "accepted") return t("verdict.saves", gaps);
  if (verdict.reason === "feed_incomplete") return t("verdict.saves_untold", gaps);
  if (verdict.outcome === "accepted_at_risk") return t("verdict.saves_at_risk", gaps);
  return verdict.reason === "already_used" ? t("used.sentence") : said(verdict.sentence);
}

function nextOf(verdict) {
  const key = `next.${verdict.outcome === "refused" ? verdict.reason : verdict.outcome}`;
  return knows(key) ? t(key) : "";
}

function whereUsed(detail) {
  return [
    [t("used.when"), clock(detail.at)],
    [t("used.where"), detail.where],
    [t("used.receipt"), detail.receipt],
    [t("used.known_by"), t(detail.known_by === "hq" ? "used.by_hq" : "used.by_store")],
  ].filter(([, value]) => value);
}
