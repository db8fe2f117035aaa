/**
 * Finding the code that a scanner typed at the end of what came from the keyboard. Pure.
 *
 * Five signs: the prefix of the settings; what it looks like (a token of head office, a GTIN with a
 * right check digit, a long number, marks of GS1); that it came faster than anybody types; that no
 * finger lets go of keys so soon; that the field takes no such thing from a person.
 */

import { isGtin } from "./gtin.js";
import { fits } from "./takes.js";
import { isWholeToken } from "./token.js";

/** Keys of one scan come at most so far apart: slow scanners take 200 ms, a busy PC a bit more. */
export const MAX_GAP_MS = 250;
/** Nobody types several keys in a row so fast. */
export const FAST_GAP_MS = 60;
/** No finger lets go of a key so soon; a scanner does, however long it waits between two. */
export const TAP_MS = 20;
/** Fewer keys than these are no code, however fast. */
export const MIN_FAST_KEYS = 6;
/** Fewer keys than these are a slip of a person, whatever the field takes. */
const MIN_ODD_KEYS = 4;
const MIN_LONG_NUMBER = 16;
/** The pause before a code is longer than those inside it by this much. */
const PAUSE_FACTOR = 1.5;

const TOKEN = /(\][A-Za-z]\d)?HQ1[A-Z2-7]{16,}$/i;
const NUMBER = /(\][A-Za-z]\d)?(\d+)$/;
/** What only a scanner sends: an AIM identifier, a GS in its spellings, GS1 in brackets or as a link. */
const MARKED = /\][A-Za-z]\d|\u001d|\{GS\}|\^\]|\(\d{2,4}\)\d|https?:\/\/\S+\/01\/\d{8}/i;
const AIM = /\][A-Za-z]\d/;

/**
 * Return {start, code} of the code at the end of `keys`; null for none. Each key is {byKey, byCode,
 * at, from, dwell, alt}; `field` {takes, held} is where they went: what it takes from a person, and
 * held before; none outside of fields.
 */
export function findCode(keys, { prefix = "", field = null } = {}) {
  const text = textOf(keys);
  if (prefix) return afterPrefix(text, prefix);
  return codeFrom(text, startOfCode(keys, text, field));
}

/**
 * The same for what ended in no key, only in silence: a whole code that no person typed.
 * `isUsual`: the store's scanners end codes so.
 */
export function findWhole(keys, { prefix = "", field = null, isUsual = false } = {}) {
  if (prefix || isUsual) return findCode(keys, { prefix, field });
  const text = textOf(keys);
  const burst = startOfRun(keys, MAX_GAP_MS);
  const fast = startOfRun(keys, FAST_GAP_MS);
  const isScanners = (start) => keys.length - start >= MIN_FAST_KEYS && (start === fast || isByScanner(keys.slice(start)));
  const start = [fast, burst].find((place) => isWhole(text, place) && isScanners(place));
  if (start !== undefined) return codeFrom(text, start);
  return !field && startByLook(text, burst) === burst && isWhole(text, burst) ? codeFrom(text, burst) : null;
}

/** The characters: those of a US keyboard, unless only the layout's own make sense. */
export function textOf(keys) {
  const byCode = keys.map((key) => key.byCode ?? key.byKey);
  const byKey = keys.map((key) => key.byKey ?? key.byCode);
  const looksRight = (text) => startByLook(text, 0) !== null;
  return !looksRight(byCode) && looksRight(byKey) ? byKey : byCode;
}

function codeFrom(text, start) {
  return start === null ? null : { start, code: text.slice(start).join("") };
}

function afterPrefix(text, prefix) {
  const at = text.join("").lastIndexOf(prefix);
  return at < 0 ? null : { start: at, code: text.slice(at + [...prefix].length).join("") };
}

function startOfCode(keys, text, field) {
  const burst = startOfRun(keys, MAX_GAP_MS);
  const fast = startOfRun(keys, FAST_GAP_MS);
  if (keys.slice(burst).some((key) => key.alt)) return keys.slice(burst, fast).some((key) => key.alt) ? burst : fast;
  const isFast = keys.length - fast >= MIN_FAST_KEYS;
  if (isFast && startByLook(text, fast) === fast) return fast;
  const looks = startByLook(text, burst);
  if (isFast) return Math.min(looks ?? fast, fast);
  if (looks !== null && (looks === burst || isPauseBefore(keys, looks) || isToken(text, looks))) return looks;
  return field?.takes && isNoPersons(keys.slice(burst), text.slice(burst).join(""), field) ? burst : null;
}

/** Whether a person would not have typed it into this field. A PIN is what it looks like, or not. */
function isNoPersons(run, typed, { takes, held }) {
  if (run.length >= MIN_ODD_KEYS && !fits(takes, typed, held)) return true;
  return run.length >= MIN_FAST_KEYS && isByScanner(run) && (takes !== "secret" || isGtin(typed));
}

/** Whether keys came by no finger: each was let go at once. */
function isByScanner(run) {
  return run.every((key) => key.alt || (key.dwell ?? Infinity) <= TAP_MS);
}

/** Whether the text from `start` on looks like a code from its first character to its last. */
function isWhole(text, start) {
  if (isToken(text, start)) return isWholeToken(text.slice(start).join(""));
  return startByLook(text, start) === start || isGtin(text.slice(start).join(""));
}

function isToken(text, start) {
  return TOKEN.test(text.slice(start).join(""));
}

/** Two parts of one code are not taken for a person's keys and a code: never wrong digits. */
function isPauseBefore(keys, start) {
  const inside = keys.slice(start + 1).map((_, i) => gapBefore(keys, start + 1 + i));
  return gapBefore(keys, start) > PAUSE_FACTOR * Math.max(...inside);
}

function startByLook(text, burst) {
  const typed = text.slice(burst).join("");
  const token = TOKEN.exec(typed);
  if (token) return burst + token.index;
  if (MARKED.test(typed)) return burst + (AIM.exec(typed)?.index ?? 0);
  const number = NUMBER.exec(typed);
  if (!number) return null;
  const digits = number[2];
  if (digits.length >= MIN_LONG_NUMBER || (digits.length > 8 && isGtin(digits))) return burst + number.index;
  // A digit or two typed by hand just before.
  const last = digits.slice(-13);
  return last.length === 13 && digits.length <= 15 && isGtin(last) ? burst + typed.length - last.length : null;
}

function startOfRun(keys, gap) {
  let start = Math.max(keys.length - 1, 0);
  while (start > 0 && gapBefore(keys, start) <= gap) start -= 1;
  return start;
}

/** Of a character of several keys, from the first of them. */
function gapBefore(keys, place) {
  return (keys[place].from ?? keys[place].at) - keys[place - 1].at;
}
