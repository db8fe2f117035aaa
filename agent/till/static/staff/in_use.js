/**
 * Which of several windows of this till is in use: the one that was turned to last. It alone takes
 * what the till's scanners read, and looks the basket up first: the others may have changed it.
 */

import { place } from "../base/place.js";
import { tell } from "../base/bus.js";

const NAME = `store-agent till ${place.till}`;
const TURNS = ["focus", "pointerdown", "keydown"];

let isMine = false;

/** Whether this window is the one in use. */
export function isInUse() {
  return isMine;
}

/** Be the window in use, now and whenever somebody turns to it again. */
export function startInUse() {
  take();
  for (const turn of TURNS) window.addEventListener(turn, turnedTo, { capture: true, passive: true });
}

function turnedTo() {
  if (isMine) return;
  take();
  tell("in use");
}

/** Browsers keep the lock for one window; where they have none (plain HTTP from afar), each is in use. */
function take() {
  isMine = true;
  const lost = () => (isMine = false);
  navigator.locks?.request(NAME, { steal: true }, () => new Promise(() => undefined)).catch(lost);
}
