/**
 * The keyboard wedge: tells the keys of a scanner from those of a person. Pure; knows no document.
 *
 * In the open (the focus is in no text field) every character goes to the scan field, and Enter ends
 * the code and presses nothing. In a text field keys are let through and remembered; if what ends in
 * Enter was a scanner's, the field gets back what it held before. A code that no person typed also
 * ends when nothing comes after it: not all scanners press Enter.
 */

import { altCharacter, altDigit, isLineEnd } from "./alt_codes.js";
import { characters, isEnter, isTab } from "./keys.js";
import { findCode, findWhole, MAX_GAP_MS, textOf } from "./find_code.js";
import { splitPieces, steps } from "./pieces.js";

const SECOND_END_MS = 300;
/** Asks for help, unless it is amid a code. */
const HELP = "?";
const PASS = { take: false, scan: null, began: false };
const TAKE = { take: true, scan: null, began: false };

export class Wedge {
  /**
   * `prefix` and `suffix`: what the scanner types around each code; no suffix = Enter or Tab.
   * `endsByPause`: the settings say that scanners send no suffix at all.
   */
  constructor({ prefix = "", suffix = "", endsByPause = false } = {}) {
    this.prefix = prefix;
    this.suffix = suffix;
    this.endsByPause = endsByPause;
    this.keys = [];
    this.capturing = false;
    this.scannedAt = -Infinity;
    this.heardAt = -Infinity;
    this.field = null;
    this.alt = null;
  }

  /** What stands in the scan field. */
  get text() {
    return this.keys.filter((key) => !key.inField).map((key) => key.byKey ?? key.byCode).join("");
  }

  /** Forget what was typed. */
  clear() {
    this.keys = [];
    this.alt = null;
    this.capturing = false;
  }

  /**
   * Take note of a key: {key, code, shift, ctrl, alt, meta, altGraph, repeat, at, inField, takes,
   * held}: `takes` is what the field takes from a person, `held` what stands in it.
   * Returns {take: whether nobody else may see it, scan: the code that it ended or null,
   * began: whether a run of keys began in a field, kept: what a person typed just before the code,
   * pieces: how many a person asked for before it, steps: how many pieces more signs alone ask for}.
   */
  press(press) {
    if (this.alt && !press.alt) this.#typeAlt(press.at); // its release was not told
    const digit = altDigit(press);
    if (digit !== null) return this.#holdAlt(press, digit);
    if (isEnter(press)) return this.#end(press, false);
    if (isTab(press)) return this.#end(press, true);
    this.scannedAt = -Infinity; // only the very next key can be the second half of a line end
    if (!press.inField && this.keys.length && ["Escape", "Backspace"].includes(press.key)) {
      return this.#correct(press.key);
    }
    const typed = characters(press);
    if (typed === null) return PASS;
    if (press.repeat) return press.inField ? PASS : TAKE;
    return this.#type(press, typed);
  }

  /** Take note of a key that was let go: {key, code, at}; returns the same as `press`. */
  release({ key, code, at }) {
    if (key === "Alt" && this.alt) {
      const { inField } = this.alt;
      const character = this.#typeAlt(at);
      return isLineEnd(character) ? this.#end({ at, inField }, false) : PASS;
    }
    const pressed = this.keys.findLast((one) => one.code === code && one.dwell === undefined);
    if (pressed) pressed.dwell = at - pressed.at;
    return PASS;
  }

  /** Whether silence may end a code now, MAX_GAP_MS after the last key. */
  get waits() {
    return !this.suffix && this.keys.length > 0;
  }

  /** How many pieces a person has typed so far for whatever comes next (`3*`), once; null: nothing. */
  takePieces() {
    const asked = splitPieces(this.text);
    if (!asked || asked.code) return null;
    this.clear();
    return asked.pieces;
  }

  /** Nothing came for MAX_GAP_MS: end a code that no person typed, or signs; returns the same as `press`. */
  hush(at) {
    const more = this.waits ? steps(this.text) : 0;
    if (more) return this.clear(), { ...PASS, steps: more };
    const found = this.waits ? findWhole(this.keys, { prefix: this.prefix, field: this.field, isUsual: this.endsByPause }) : null;
    return found ? this.#scanned(at, found) : PASS;
  }

  #begins(press) {
    const isNew = press.at - this.heardAt > MAX_GAP_MS || this.keys.length === 0;
    this.heardAt = press.at;
    if (!isNew) return false;
    if (press.inField || this.keys.at(-1)?.inField) this.clear();
    this.field = press.inField ? { takes: press.takes ?? "", held: press.held ?? "" } : null;
    return press.inField;
  }

  #type(press, typed) {
    const inRun = this.keys.length > 0 && press.at - this.heardAt <= MAX_GAP_MS;
    if (press.ctrl && !inRun) return PASS;
    if ([" ", HELP].includes(typed.byKey) && !inRun && !press.inField) return PASS;
    const began = this.#begins(press);
    this.keys.push({ ...typed, code: press.code, at: press.at, inField: press.inField });
    const text = textOf(this.keys).join("");
    if (this.suffix && text.endsWith(this.suffix)) return { ...this.#endBySuffix(press), began };
    if (this.prefix && text.endsWith(this.prefix)) this.capturing = true;
    return { take: this.capturing || !press.inField, scan: null, began };
  }

  #holdAlt(press, digit) {
    const began = !this.alt && this.#begins(press);
    this.alt = this.alt ?? { digits: "", from: press.at, inField: press.inField };
    this.alt.digits += digit;
    this.heardAt = press.at;
    return { take: !press.inField, scan: null, began };
  }

  /** Take the character whose number was typed for a key; returns it. */
  #typeAlt(at) {
    const { digits, from, inField } = this.alt;
    const character = altCharacter(digits);
    this.alt = null;
    this.heardAt = at;
    if (!isLineEnd(character)) this.keys.push({ byKey: character, byCode: character, at, from, inField, alt: true });
    return character;
  }

  #correct(key) {
    if (key === "Escape") this.clear();
    else this.keys.pop();
    return TAKE;
  }

  #endBySuffix(press) {
    const whole = this.keys;
    this.keys = whole.slice(0, -[...this.suffix].length);
    const end = this.#end(press, false, false);
    return end.scan === null && press.inField ? PASS : { ...end, take: true };
  }

  #end(press, isTabKey, isStale = this.#isStale(press)) {
    const found = isStale ? null : findCode(this.keys, { prefix: this.prefix, field: this.field });
    if (found) return this.#scanned(press.at, found);
    if (!isTabKey && press.at - this.scannedAt <= SECOND_END_MS && this.keys.length === 0) return TAKE;
    if (press.inField) {
      this.clear();
      return PASS;
    }
    const open = this.keys.filter((key) => !key.inField);
    if (open.length === 0) return PASS;
    return isTabKey || press.ctrl ? PASS : this.#typed(press.at);
  }

  /** In a field, keys that were typed long before Enter are a person's. */
  #isStale(press) {
    const last = this.keys.at(-1);
    return last === undefined || (last.inField && press.at - last.at > MAX_GAP_MS);
  }

  #scanned(at, { code, start }) {
    const before = this.keys.slice(0, start);
    const kept = before.filter((key) => key.inField).map((key) => key.byKey ?? "").join("");
    this.keys = before.filter((key) => !key.inField);
    this.capturing = false;
    this.scannedAt = at;
    return { take: true, scan: code, began: false, kept, pieces: this.takePieces() };
  }

  /** What a person typed and ended with Enter. */
  #typed(at) {
    const { pieces, code } = splitPieces(this.text) ?? { pieces: null, code: this.text };
    return { ...this.#scanned(at, { code, start: 0 }), pieces };
  }
}
