/** Three steps that lead whoever practises through a first sale: a line above the work, offered once to each cashier. */

import { on } from "../base/bus.js";
import { t } from "../base/i18n.js";
import { session } from "../agent/session.js";
import { notice } from "../screen/notices.js";
import { priced } from "../selling/basket.js";

const OFFERED = "store-agent first steps";
const STEPS = ["scan", "pay", "next"];

/** The step that is shown, from 0; null: none. */
let at = null;

/** Offer them when somebody practises for the first time here; each step follows what was done. */
export function startFirstSteps() {
  on("session", (found) => (found?.training && !wasOffered(found.cashier) ? begin(found.cashier) : show(null)));
  on("basket", () => at === 0 && priced.lines.length > 0 && show(1));
  on("sold", () => at !== null && show(2));
  on("scanned", () => at === 2 && show(null));
}

function wasOffered(cashier) {
  return offered().includes(cashier);
}

function begin(cashier) {
  localStorage.setItem(OFFERED, JSON.stringify([...offered(), cashier]));
  show(0);
}

function offered() {
  return JSON.parse(localStorage.getItem(OFFERED) ?? "[]");
}

function show(step) {
  at = session?.training ? step : null;
  if (at === null) return notice("first-steps", null);
  notice("first-steps", {
    tone: "plain",
    text: () => t("first_steps.step", { n: at + 1, of: STEPS.length, what: t(`first_steps.${STEPS[at]}`) }),
    action: { label: () => t(at === STEPS.length - 1 ? "first_steps.end" : "first_steps.skip"), run: () => show(null) },
  });
}
