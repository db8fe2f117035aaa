/** Locks the till when nobody has touched the page for the time that the store has set. */

import { on } from "../base/bus.js";
import { NoAnswer, Refusal } from "../agent/api.js";
import { isInUse } from "./in_use.js";
import { isAtWork, lock, session } from "../agent/session.js";

const TOUCHES = ["pointerdown", "keydown", "wheel"];

let timer = 0;

/** Begin to watch for idleness. */
export function startIdleLock() {
  for (const touch of TOUCHES) window.addEventListener(touch, touched, { capture: true, passive: true });
  on("session", touched);
  on("scanned", touched);
}

function touched() {
  clearTimeout(timer);
  if (isAtWork()) timer = setTimeout(idle, session.idle_lock_ms);
}

async function idle() {
  if (!isInUse()) return touched(); // somebody works in another window
  try {
    await lock();
  } catch (error) {
    if (!(error instanceof NoAnswer) && !(error instanceof Refusal)) throw error;
    touched();
  }
}
