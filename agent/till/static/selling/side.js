/** Beside the lines: the member, the coupons with what each gives, the sums, and the way to pay. */

import { byId, fill, h } from "../base/dom.js";
import { on } from "../base/bus.js";
import { money } from "../base/format.js";
import { said, t } from "../base/i18n.js";
import { askSupervisor } from "../staff/approval.js";
import { ofCoupon, ofMember, titleOf, toneOf } from "../coupons/verdicts.js";
import { act } from "../screen/act.js";
import { showVerdict } from "../screen/verdict.js";
import { change, content, priced } from "./basket.js";
import { promotionPanel } from "./promotions.js";
import { choices } from "./ways.js";
import { openMembers } from "../members/members.js";
import { openPaidBy, openPay } from "./pay.js";
import { BY_PHONE } from "./tenders.js";

const MARKS = { good: "✓", risk: "✓", warn: "!", bad: "✕" };

/** Draw the side whenever the basket changes. */
export function startSide() {
  on("basket", draw);
  on("language", draw);
  draw();
}

/** Find the member of this basket. */
export function findMember() {
  openMembers(async (member) => {
    await change((draft) => void (draft.member_id = member.member_id));
    showVerdict(ofMember(member));
  });
}

let shownCoupons = 0;

function draw() {
  const scrolled = byId("side").querySelector(".scrolls")?.scrollTop ?? 0;
  const count = priced.lines.reduce((sum, line) => sum + line.quantity, 0);
  fill(
    byId("side"),
    h("div.scrolls", {}, memberPanel(), couponPanel(), promotionPanel(), choices()),
    h(
      "div.sums",
      {},
      sum(t("sums.total", { n: count }), money(priced.total_fen)),
      priced.discount_fen > 0 && sum(t("sums.discount"), money(-priced.discount_fen), "saved"),
      h("p.payable", {}, h("span", {}, t("sums.payable")), h("strong", {}, money(priced.payable_fen))),
      priced.member && h("p.quiet", {}, t("sums.points", { points: priced.points_earned })),
    ),
    h(
      "div.by-phone",
      { role: "group", "aria-label": t("pay.by_phone") },
      BY_PHONE.map((kind) => h("button.plain", { type: "button", "data-focus": `pay-${kind}`, disabled: priced.lines.length === 0, onclick: () => openPaidBy(kind) }, t(`tender.${kind}`))),
    ),
    h("button.primary.pay", { type: "button", "data-focus": "pay", disabled: priced.lines.length === 0, onclick: openPay }, h("span", {}, t("pay.open")), h("span.to-pay", {}, money(priced.payable_fen)), h("kbd", {}, "F9")),
  );
  byId("side").querySelector(".scrolls").scrollTop = scrolled;
  if (priced.coupons.length > shownCoupons) byId("side").querySelector(".coupon:last-child")?.scrollIntoView({ block: "nearest" });
  shownCoupons = priced.coupons.length;
}

function memberPanel() {
  const { member } = priced;
  if (!member) {
    return h("button.panel.member", { type: "button", "data-focus": "member", onclick: findMember }, h("span.title", {}, t("member.none")), h("span.quiet", {}, t("member.none_hint")), h("kbd", {}, "F3"));
  }
  return h(
    "div.panel.member.known",
    {},
    h("p.title", {}, h("span.tier", {}, member.tier), h("span", {}, member.phone_masked)),
    h("p.quiet", {}, t("member.points", { points: member.points })),
    h("button.remove", { type: "button", "data-focus": "member-off", "aria-label": t("member.remove"), onclick: act(() => change((draft) => void (draft.member_id = null))) }, "✕"),
  );
}

function couponPanel() {
  const { coupons } = priced;
  return h(
    "div.panel.coupons",
    {},
    h("h2", {}, t("coupons.title"), coupons.length > 0 && h("span.quiet", {}, ` ${coupons.length}`)),
    coupons.length === 0 ? h("p.quiet", {}, t("coupons.none")) : h("ul", {}, coupons.map(coupon)),
  );
}

function coupon(verdict, at) {
  const tone = toneOf(verdict);
  const name = verdict.campaign_name || titleOf(verdict);
  return h(
    "li.coupon",
    { "data-tone": tone },
    h("span.mark", { "aria-hidden": "true" }, MARKS[tone]),
    h(
      "div.what",
      {},
      h("p.name", {}, name),
      h("p.quiet", {}, tone === "good" || tone === "risk" ? t(`outcome.${verdict.outcome}`) : said(verdict.sentence)),
      verdict.outcome === "needs_supervisor" && h("button.plain", { type: "button", "data-focus": `approve-${at}`, onclick: act(() => approve(at)) }, t("approval.ask")),
    ),
    h("p.amount", {}, verdict.discount_fen > 0 && tone !== "bad" && tone !== "warn" ? money(-verdict.discount_fen) : ""),
    h("button.remove", { type: "button", "data-focus": `coupon-${at}`, "aria-label": t("coupons.remove", { name }), onclick: act(() => takeOut(content.coupons[at])) }, "✕"),
  );
}

function takeOut(code) {
  return change((draft) => void (draft.coupons = draft.coupons.filter((other) => other !== code)));
}

/** Let a supervisor approve what passes a soft limit, and tell what became of the coupon. */
async function approve(at) {
  const { campaign_name: name, discount_fen: fen } = priced.coupons[at];
  const facts = () => [[t("approval.coupon_name"), name], [t("sums.discount"), money(fen)], [t("sums.payable"), money(priced.payable_fen)]];
  const by = await askSupervisor(() => t("approval.coupon"), () => facts().filter(([, value]) => value));
  if (!by) return;
  const { coupons } = await change(() => undefined, { approved: by });
  if (coupons[at]) showVerdict(ofCoupon(coupons[at]));
}

function sum(name, value, kind = "") {
  return h(`p.sum${kind ? `.${kind}` : ""}`, {}, h("span", {}, name), h("span", {}, value));
}
