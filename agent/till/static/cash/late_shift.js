/** The reminder of a shift that is still open though it should be closed by now. */

import { act } from "../screen/act.js";
import { t } from "../base/i18n.js";
import { place } from "../base/place.js";
import { notice } from "../screen/notices.js";
import { session } from "../agent/session.js";
import { openShift } from "./shift.js";

/** Remind of this till's own among `late` shifts; none while somebody practises. */
export function remindOf(late) {
  const mine = session?.training ? undefined : late.find(({ till }) => till === place.till);
  notice("late-shift", mine ? { tone: "plain", text: () => text(mine), action: { label: () => t("shift.close"), run: act(openShift) } } : null);
}

function text({ lateness, business_date: date }) {
  return lateness === "overdue" ? t("notice.shift_overdue", { date }) : t("notice.shift_due");
}
