/** What is left of the offline limits, as small meters. */

import { h } from "../base/dom.js";
import { money, span } from "../base/format.js";
import { t } from "../base/i18n.js";

/** Return the meters: coupons at risk, their sum, and the time without head office. */
export function limitMeters(status) {
  const { count, sum_fen: sum, limits } = status.at_risk;
  const apart = status.line.online ? 0 : Math.max(0, Date.now() - status.last_contact_at);
  return h(
    "div.meters",
    { role: "group", "aria-label": t("limits.label"), "data-chip": "limits" },
    h("span.caption", { "aria-hidden": "true" }, t("limits.caption")),
    meter("count", count, limits.soft_count, limits.hard_count, t("limits.left_count", { n: Math.max(0, limits.hard_count - count) })),
    meter("sum", sum, limits.soft_sum_fen, limits.hard_sum_fen, t("limits.left_sum", { money: money(Math.max(0, limits.hard_sum_fen - sum)) })),
    meter("age", apart, limits.soft_contact_age_ms, limits.hard_contact_age_ms, t("limits.left_age", { span: span(Math.max(0, limits.hard_contact_age_ms - apart)) })),
  );
}

function meter(name, used, soft, hard, left) {
  const tone = used >= hard ? "bad" : used >= soft ? "warn" : "good";
  return h(
    "div.meter",
    { "data-tone": tone },
    h("span.name", {}, left),
    h("meter", { min: 0, max: Math.max(hard, 1), high: soft, optimum: 0, value: Math.min(used, hard), "aria-label": `${t(`limits.${name}`)}: ${left}` }),
  );
}
