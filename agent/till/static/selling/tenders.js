/** Tenders: what was given in which way, and what is left to pay. Pure; amounts are fen. */

export const KINDS = ["cash", "card", "wechat", "alipay"];
/** By telephone, all at once, without change: these have a button beside the basket. */
export const BY_PHONE = ["wechat", "alipay"];

/** Nobody hands over a note that all goes back: so much change is a slip, or a scanned code. */
const LARGEST_NOTE_FEN = 10000;
const NOTES_FEN = [500, 1000, 2000, 5000, 10000];
const MAX_NOTES = 5;

/** What is left to pay of `payable`. */
export function leftOf(payable, tenders) {
  return Math.max(0, payable - tenders.reduce((sum, tender) => sum + tender.amount_fen, 0));
}

/** The change (找零) that goes back. */
export function changeOf(tenders) {
  return tenders.reduce((sum, { amount_fen: amount, given_fen: given }) => sum + (given ?? amount) - amount, 0);
}

/** The tender of `given` by `kind` when `left` is to pay; null when it can't be. */
export function tenderOf(kind, given, left) {
  if (given === null || given <= 0 || left <= 0) return null;
  if (kind === "cash") return { kind, amount_fen: Math.min(given, left), given_fen: given };
  return given <= left ? { kind, amount_fen: given } : null;
}

/** Whether it is hardly meant that `given` was handed over in cash when `left` is to pay. */
export function isTooMuchCash(given, left) {
  return given - left >= LARGEST_NOTE_FEN;
}

/** The same money for another `payable`; what would be too much by a way without change is left out. */
export function fitted(payable, tenders) {
  const kept = [];
  for (const { kind, amount_fen: amount, given_fen: given, reference } of tenders) {
    const tender = tenderOf(kind, given ?? amount, leftOf(payable, kept));
    if (tender) kept.push(reference ? { ...tender, reference } : tender);
  }
  return kept;
}

/** What a customer is likely to hand over for `left`: exactly that, and the next round notes. */
export function quickNotes(left) {
  const notes = new Set([left]);
  for (const note of NOTES_FEN) notes.add(Math.ceil(left / note) * note);
  return [...notes].filter((fen) => fen > 0).sort((a, b) => a - b).slice(0, MAX_NOTES);
}
