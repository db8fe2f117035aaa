/** The basket of this till: kept by the agent, priced by it, changed one step at a time. */

import { get, NoAnswer, Refusal, send } from "../agent/api.js";
import { on, tell } from "../base/bus.js";
import { place } from "../base/place.js";
import { isAtWork, session } from "../agent/session.js";
import { showRefusal } from "../screen/refusals.js";
import { isInUse } from "../staff/in_use.js";
import { movedBetween } from "./basket_differences.js";

const ADDRESS = `/tills/${place.till}/basket`;
const AGAIN_MS = 700;
const LOOK_MS = 30_000;
/** Tries to change a basket that another window changes all the time. */
const MAX_ATTEMPTS = 5;
const EMPTY = { lines: [], coupons: [], member_id: null };

/** What lies in it, as it was given: {lines, coupons, member_id}. */
export let content = EMPTY;
/** What it comes to, as the agent reckons it. */
export let priced = { lines: [], coupons: [], member: null, total_fen: 0, discount_fen: 0, payable_fen: 0, points_earned: 0, basket_id: null, revision: null };
/** The supervisor who approved what this basket needs; forgotten with the basket. */
export let approvedBy = null;
/** The line that changed last, from 0. */
export let touched = null;

let removed = null;
let cleared = null;
let last = Promise.resolve();

/** Run `work` after everything that was asked for before: scans and taps never overtake each other. */
export function inTurn(work) {
  const turn = last.then(work);
  last = turn.catch(() => undefined);
  return turn;
}

/** Look the basket up: after signing in, a restart, a recall, or when it may come to something else. */
export function refresh() {
  return inTurn(refreshNow);
}

/** The same, for work that has its turn already. */
export async function refreshNow() {
  const found = take(await persist(() => get(ADDRESS)));
  if (!approvedBy || content.coupons.length === 0) return found;
  try {
    return await changeNow(() => undefined); // the approval is kept by nobody else
  } catch (error) {
    approvedBy = null;
    throw error;
  }
}

/** Change the basket by `edit(draft)` and return what it comes to; throws the agent's Refusal. */
export function change(edit, { approved = approvedBy } = {}) {
  return inTurn(() => changeNow(edit, { approved }));
}

/** The same, for work that has its turn already. Made anew on what another window made of the basket. */
export async function changeNow(edit, { approved = approvedBy } = {}) {
  for (let attempt = 1; ; attempt += 1) {
    const draft = structuredClone(content);
    const place = edit(draft);
    try {
      const opened = await persist(() => put({ ...draft, cashier: session.cashier, revision: priced.revision }, approved));
      approvedBy = approved;
      touched = typeof place === "number" ? place : null;
      return take(opened);
    } catch (error) {
      if (error.code !== "basket_changed" || attempt === MAX_ATTEMPTS) throw refused(error);
      take(await persist(() => get(ADDRESS)));
    }
  }
}

/** Put pieces of an article in: onto its line, or on a new one. Returns the edit. */
export function adding(line) {
  return (draft) => {
    const same = draft.lines.findIndex((other) => isSame(other, line));
    if (same < 0) return draft.lines.push({ quantity: 1, ...line }) - 1;
    draft.lines[same].quantity += line.quantity ?? 1;
    return same;
  };
}

/** The line that keys work on, from 0: the one that changed last or was marked, else the last one; -1 for none. */
export function marked() {
  return touched !== null && touched < content.lines.length ? touched : content.lines.length - 1;
}

/** Let keys work on line `at`, if there is such a one. */
export function mark(at) {
  if (at < 0 || at >= content.lines.length || at === marked()) return;
  touched = at;
  tell("basket", priced);
}

/** Set the pieces of a line; 0 takes it out. */
export function setQuantity(at, quantity) {
  const { sku } = content.lines[at];
  return inTurn(() => quantityNow(at, sku, () => quantity));
}

/** Put so many pieces more on a line, or fewer, down to `least`: each press counts, however fast. */
export function addPieces(at, by, least = 0) {
  const { sku } = content.lines[at];
  return inTurn(() => quantityNow(at, sku, (before) => Math.max(before + by, least)));
}

/** Take a line out; `undo` puts it back. */
export function removeLine(at) {
  return setQuantity(at, 0);
}

/** Nothing happens to a line that is no longer the one that was meant. */
async function quantityNow(at, sku, quantityOf) {
  if (content.lines[at]?.sku !== sku) return;
  const name = priced.lines[at]?.name;
  let gone = null;
  await changeNow((draft) => {
    const line = draft.lines[at];
    gone = null;
    if (line?.sku !== sku) return null;
    const quantity = quantityOf(line.quantity ?? 1);
    if (quantity > 0) return (draft.lines[at] = ofPieces(line, quantity)), at;
    draft.by_hand = draft.by_hand?.filter((one) => one.line !== at).map((one) => (one.line > at ? { ...one, line: one.line - 1 } : one));
    return (gone = draft.lines.splice(at, 1)[0]), null;
  });
  if (!gone) return;
  removed = { at, line: gone };
  tell("line removed", { name: name || sku });
}

/** Put the line that was taken out last back where it was. */
export async function undo() {
  if (!removed) return;
  const { at, line } = removed;
  removed = null;
  await change((draft) => (draft.lines.splice(at, 0, line), at));
}

/** Empty the basket; `undoClear` puts everything back. */
export function clear() {
  return inTurn(async () => {
    if (isEmpty()) return;
    let gone = null;
    await changeNow((draft) => ((gone = structuredClone(draft)), void Object.assign(draft, structuredClone(EMPTY))), { approved: null });
    cleared = gone;
    tell("basket cleared");
  });
}

/** Put back what was cleared, before what came since. */
export async function undoClear() {
  if (!cleared) return;
  const back = cleared;
  cleared = null;
  await change((draft) => {
    draft.lines.unshift(...back.lines);
    draft.coupons.unshift(...back.coupons.filter((code) => !draft.coupons.includes(code)));
    draft.member_id ??= back.member_id;
    draft.by_hand = back.by_hand;
    draft.passphrases = back.passphrases;
    draft.channel = back.channel;
  });
}

/** Whether nothing is in it. */
export function isEmpty() {
  return content.lines.length === 0 && content.coupons.length === 0 && content.member_id === null;
}

/** The codes of the coupons that count. */
export function goodCoupons() {
  return content.coupons.filter((_, i) => ["accepted", "accepted_at_risk"].includes(priced.coupons[i]?.outcome));
}

/** Follow sessions and news. */
export function startBasket() {
  on("session", () => isAtWork() && refresh());
  on("live", () => isAtWork() && refresh());
  on("in use", () => isAtWork() && refresh());
  on("refused", look);
  on("news basket", (told) => inTurn(() => isInUse() && isNews(told) && look()));
  setInterval(() => !isEmpty() && isInUse() && look(), LOOK_MS); // campaigns end by the clock, too
}

/** Look it up once the others had their turns; a refusal is no news. */
function look() {
  if (isAtWork()) refresh().catch(showRefusal);
}

/** Whether the basket is another, or comes to something else, than what is shown. Old news are none. */
function isNews(told) {
  return (told.at ?? Infinity) >= (priced.at ?? 0) && JSON.stringify(told) !== JSON.stringify(priced);
}

function refused(error) {
  if (error instanceof Refusal) tell("refused", { kind: "basket", code: error.code });
  return error;
}

function take(opened) {
  const before = { content, priced };
  content = { ...EMPTY, ...opened.content };
  priced = opened.priced;
  if (isEmpty()) approvedBy = null;
  if (removed && isEmpty()) removed = null;
  tell("basket", priced);
  const moved = movedBetween(before, { content, priced });
  if (moved.length) tell("basket moved", moved);
  return priced;
}

async function put(order, approved) {
  try {
    return await send("PUT", ADDRESS, approved ? { ...order, approved_by: approved } : order);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "not_approved") throw error;
    approvedBy = null; // it was given too long ago
    return send("PUT", ADDRESS, order);
  }
}

/** Ask until the agent is back; a definite answer ends it. */
async function persist(ask) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const open = error instanceof NoAnswer || [503, 507].includes(error.status);
      if (!open) throw error;
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

/** The line with so many pieces; a sum that a POS gave was that of the pieces before. */
function ofPieces({ amount_fen: _, ...line }, quantity) {
  return { ...line, quantity };
}

function isSame(one, other) {
  if ([one, other].some((line) => (line.amount_fen ?? null) !== null)) return false;
  return one.sku === other.sku && (one.unit_price_fen ?? null) === (other.unit_price_fen ?? null) && !one.weight_g && !other.weight_g;
}
