/** Whether a sale can be recorded: told in a notice, whether or not anybody is at work here. */

import { health } from "../agent/api.js";
import { isAtWork } from "../agent/session.js";
import { on } from "../base/bus.js";
import { said } from "../base/i18n.js";
import { notice } from "../screen/notices.js";

/** As often as the agent itself tries a write at rest: asking so puts little more on its disk. */
const ASK_MS = 60000;
const ASK_AGAIN_MS = 5000;

let timer = 0;

/** While nobody is at work, ask for what the status tells otherwise. */
export function startRecordingNotice() {
  on("session", () => isAtWork() || ask());
  if (!isAtWork()) ask();
}

/** Show what hinders a sale from being recorded: its sentence; null for nothing. */
export function showHindrance(sentence) {
  notice("recording", sentence ? { tone: "bad", text: () => said(sentence) } : null);
}

async function ask() {
  clearTimeout(timer);
  const found = await health();
  clearTimeout(timer); // of another question that was asked meanwhile
  if (isAtWork()) return;
  if (found) showHindrance(found.extra?.sentence);
  timer = setTimeout(ask, found?.healthy ? ASK_MS : ASK_AGAIN_MS);
}
