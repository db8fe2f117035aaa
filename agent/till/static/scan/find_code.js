/**
 * Finding the code that a scanner typed at the end of what came from the keyboard. Pure.
 *
 * Three signs: the prefix of the settings; what it looks like (a token of head office, a GTIN with a
 * right check digit, a long number); that it came faster than anybody types.
 */

/** Keys of one scan come at most so far apart: slow scanners take 200 ms, a busy PC a bit more. */
export const MAX_GAP_MS = 250;
/** Nobody types several keys in a row so fast. */
export const FAST_GAP_MS = 60;
/** Fewer keys than these are no code, however fast. */
export const MIN_FAST_KEYS = 6;
const MIN_LONG_NUMBER = 16;

const TOKEN = /(\][A-Za-z]\d)?HQ1[A-Z2-7]{16,}$/i;
const NUMBER = /(\][A-Za-z]\d)?(\d+)$/;

/** Return {start, code} of the code at the end of `keys` [{byKey, byCode, at}]; null for none. */
export function findCode(keys, prefix = "") {
  const text = textOf(keys);
  if (prefix) {
    const at = text.join("").lastIndexOf(prefix);
    return at < 0 ? null : { start: at, code: text.slice(at + [...prefix].length).join("") };
  }
  const burst = startOfRun(keys, MAX_GAP_MS);
  const fast = startOfRun(keys, FAST_GAP_MS);
  const isFast = keys.length - fast >= MIN_FAST_KEYS;
  const start = isFast && startByLook(text, fast) === fast ? fast : earliest(startByLook(text, burst), isFast ? fast : null);
  return start === null ? null : { start, code: text.slice(start).join("") };
}

/** The characters: those of a US keyboard, unless only the layout's own make sense. */
export function textOf(keys) {
  const byCode = keys.map((key) => key.byCode ?? key.byKey);
  const byKey = keys.map((key) => key.byKey ?? key.byCode);
  const looksRight = (text) => startByLook(text, 0) !== null;
  return !looksRight(byCode) && looksRight(byKey) ? byKey : byCode;
}

/** Whether the last digit of a GTIN-12, -13 or -14 checks the others. */
export function isGtin(digits) {
  if (![12, 13, 14].includes(digits.length)) return false;
  const sum = [...digits].reverse().reduce((total, digit, i) => total + Number(digit) * (i % 2 ? 3 : 1), 0);
  return sum % 10 === 0;
}

function startByLook(text, burst) {
  const typed = text.slice(burst).join("");
  const token = TOKEN.exec(typed);
  if (token) return burst + token.index;
  const number = NUMBER.exec(typed);
  if (!number) return null;
  const digits = number[2];
  if (digits.length >= MIN_LONG_NUMBER || isGtin(digits)) return burst + number.index;
  // A digit or two typed by hand just before.
  const last = digits.slice(-13);
  return digits.length <= 15 && isGtin(last) ? burst + typed.length - last.length : null;
}

function earliest(one, other) {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

function startOfRun(keys, gap) {
  let start = Math.max(keys.length - 1, 0);
  while (start > 0 && keys[start].at - keys[start - 1].at <= gap) start -= 1;
  return start;
}
