/**
 * Writes: each is sent under its own Idempotency-Key until a definite answer came.
 *
 * The order and its key are kept in the session storage meanwhile, so that a reload in the middle
 * goes on with the same one: sold once, whatever breaks.
 */

import { tell } from "../base/bus.js";
import { NoAnswer, Refusal, sendOnce } from "./api.js";

const KEPT = "store-agent writes";
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 5000;
const SAME_KEY_AGAIN = [503, 507];

/** Send a write of `kind`; returns the answer, or throws the Refusal. Never gives up on silence. */
export function write(kind, method, path, body) {
  const order = { kind, method, path, body, key: newKey() };
  keep([...kept(), order]);
  return untilDefinite(order, false);
}

/** Go on with what a reload interrupted: [{kind, answer: Promise}]. */
export function resume() {
  return kept().map((order) => ({ kind: order.kind, body: order.body, answer: untilDefinite(order, true) }));
}

/** `maybeDone`: an earlier try was not answered, so it may have been recorded. */
async function untilDefinite(order, maybeDone) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await sendOnce(order.method, order.path, order.body, order.key);
      settle(order);
      return answer;
    } catch (error) {
      if (!isOpen(error, maybeDone)) {
        settle(order);
        if (error instanceof Refusal) tell("refused", { kind: order.kind, code: error.code });
        throw error;
      }
      maybeDone ||= error instanceof NoAnswer || error.status === 503;
      tell("writes", { waiting: kept().length, code: error.code ?? "no_answer" });
      await pause(Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS));
    }
  }
}

function isOpen(error, maybeDone) {
  if (error instanceof NoAnswer) return true;
  if (!(error instanceof Refusal)) return false;
  if (error.status === 401 && maybeDone) return true; // whoever signs in next hears what came of it
  return SAME_KEY_AGAIN.includes(error.status) || error.code === "still_running" || error.code === "session_locked";
}

function settle(order) {
  keep(kept().filter((other) => other.key !== order.key));
  tell("writes", { waiting: kept().length });
}

function kept() {
  return JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
}

function keep(orders) {
  sessionStorage.setItem(KEPT, JSON.stringify(orders));
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

/** A random UUID (RFC 9562, version 4); also where the page is not a secure context. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
