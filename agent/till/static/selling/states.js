/** The three states of a receipt: 已保存 → 待同步 → 总部已确认. */

import { h } from "../base/dom.js";
import { t } from "../base/i18n.js";

const STATES = ["saved", "to_be_synced", "confirmed"];
const PRACTISED = ["saved", "training"];

/** Return the way of a receipt with `state` marked as where it is. */
export function receiptStates(state) {
  const way = PRACTISED.includes(state) ? PRACTISED : STATES;
  const now = way.indexOf(state);
  return h(
    "ol.states",
    { "aria-label": t("states.label") },
    way.map((name, i) =>
      h(`li${i < now || state === "confirmed" ? ".reached" : ""}${i === now ? ".now" : ""}`, { "data-state": name, "aria-current": i === now ? "step" : null }, t(`states.${name}`)),
    ),
  );
}

/** Return the one word for `state`, as in a list. */
export function stateWord(state) {
  return h("span.state-word", { "data-state": state }, t(`states.${state}`));
}
