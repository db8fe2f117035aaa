/** Whether this PC's data was damaged or set back: told in a notice until that is over. */

import { said } from "../base/i18n.js";
import { notice } from "../screen/notices.js";

/** Show what is said of it; null for nothing. */
export function showSetBack(sentence) {
  notice("set-back", sentence ? { tone: "warn", text: () => said(sentence) } : null);
}
