/** What the agent's refusals mean to a cashier, each with a next step. */

import { NoAnswer } from "../agent/api.js";
import { knows, t } from "../base/i18n.js";
import { showVerdict } from "./verdict.js";

/** Return a refusal in plain words. */
export function refusalText(error) {
  if (error instanceof NoAnswer) return t("refusal.no_answer");
  const key = `refusal.${error.code}`;
  return knows(key) ? t(key) : t("refusal.other", { code: error.code });
}

/** Show a refusal, or that the agent is away, as the verdict. Anything else is a fault: thrown on. */
export function showRefusal(error) {
  if (error.code === undefined && !(error instanceof NoAnswer)) throw error;
  if (["session_ended", "session_locked"].includes(error.code)) return;
  showVerdict({ tone: "warn", title: () => t("refusal.title"), sentence: () => refusalText(error) });
}
