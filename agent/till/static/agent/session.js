/** Who is signed in at this till. */

import { get, Refusal, send } from "./api.js";
import { goLive, goQuiet } from "./live.js";
import { on, tell } from "../base/bus.js";
import { speak } from "../base/i18n.js";

const CURRENT = "/sessions/current";

/** The session as the agent tells it; null when nobody is signed in. */
export let session = null;

/** Whether the last session here ended because somebody signed in at another window of this till. */
export let wasTaken = false;

/** Whether a cashier may work now. */
export function isAtWork() {
  return session !== null && !session.locked;
}

/** Ask who is signed in; another page or a restart may have changed it. */
export async function lookUp() {
  try {
    return become(await get(CURRENT));
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) return become(null);
    throw error;
  }
}

/** Sign in; throws the agent's Refusal. */
export async function signIn(cashier, pin, { training, language }) {
  return become(await send("POST", "/sessions", { cashier, pin, training, language }));
}

/** Lock the till until the cashier's PIN is given. */
export async function lock() {
  if (isAtWork()) become(await send("POST", `${CURRENT}/lock`));
}

/** Unlock by the cashier's own PIN; throws the agent's Refusal. */
export async function unlock(pin) {
  return become(await send("POST", `${CURRENT}/unlock`, { pin }));
}

/** Sign out. What is not synced stays on this PC. */
export async function signOut() {
  await send("DELETE", CURRENT);
  become(null);
}

/** Change the language of page and session. */
export async function changeLanguage(language) {
  await speak(language);
  if (isAtWork()) become(await send("POST", `${CURRENT}/language`, { language }), { quiet: true });
}

/** Follow what the agent says of the session. */
export function startSession() {
  on("session lost", (code) => {
    if (session === null) return;
    become(code === "session_locked" ? { ...session, locked: true } : null);
  });
  on("news session", async (told) => {
    wasTaken = Boolean(told?.elsewhere);
    await lookUp();
  });
}

function become(found, { quiet = false } = {}) {
  const before = session;
  session = found;
  if (found) wasTaken = false;
  if (isAtWork()) goLive();
  else goQuiet();
  const same = before?.cashier === found?.cashier && before?.locked === found?.locked && before?.training === found?.training;
  if (!quiet && !same) tell("session", found);
  return found;
}
