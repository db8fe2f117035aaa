/**
 * Characters that a scanner types by holding Alt and pressing their number on the keypad: "ALT mode",
 * and GS as Alt+029. The system may make a character of its own of them; this is what was meant. Pure.
 */

import { GROUP_SEPARATOR } from "./keys.js";

/** Stands where a character came that can't be told: a code that holds it is scanned again. */
export const DAMAGED = "\ufffd";
const LINE_ENDS = ["\t", "\n", "\r"];
const FIRST_PRINTABLE = 32;
const LAST_PRINTABLE = 126;

/** The digit that is pressed on the keypad while Alt is held; null for any other key. */
export function altDigit(press) {
  if (!press.alt || press.altGraph || press.ctrl || press.meta) return null;
  return /^Numpad(\d)$/.exec(press.code ?? "")?.[1] ?? (press.code ? null : (/^\d$/.exec(press.key ?? "")?.[0] ?? null));
}

/** The character of a number; above ASCII it depends on the PC's code page: DAMAGED. */
export function altCharacter(digits) {
  const number = Number(digits);
  const character = String.fromCharCode(number);
  const isKnown = (number >= FIRST_PRINTABLE && number <= LAST_PRINTABLE) || character === GROUP_SEPARATOR || LINE_ENDS.includes(character);
  return isKnown ? character : DAMAGED;
}

/** Whether the character ends a code. */
export function isLineEnd(character) {
  return LINE_ENDS.includes(character);
}
