/** From the agent's word on a code to what the cashier sees and hears. Changes nothing. */

import { clock, money } from "../base/format.js";
import { knows, said, t } from "../base/i18n.js";

const TONES = { accepted: "good", accepted_at_risk: "risk", needs_online: "warn", needs_supervisor: "warn", refused: "bad" };

/** The verdict on a coupon, or on what is none. */
export function ofCoupon(verdict) {
  const isPayment = verdict.reason === "payment_code";
  return {
    tone: isPayment ? "warn" : TONES[verdict.outcome],
    title: () => titleOf(verdict),
    sentence: () => (verdict.outcome === "accepted" ? t("verdict.saves", { money: money(verdict.discount_fen) }) : said(verdict.sentence)),
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
