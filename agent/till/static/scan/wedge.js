/**
 * The keyboard wedge: tells the keys of a scanner from those of a person. Pure; knows no document.
 *
 * In the open (the focus is in no text field) every character goes to the scan field, and Enter ends
 * the code and presses nothing. In a text field keys are let through and remembered; if what ends in
 * Enter was a scanner's, the field gets back what it held before.
 */

import { characters, isEnter, isTab } from "./keys.js";
import { findCode, MAX_GAP_MS, textOf } from "./find_code.js";

const SECOND_END_MS = 300;
/** Asks for help, unless it is amid a code. */
const HELP = "?";
const PASS = { take: false, scan: null, began: false };
const TAKE = { take: true, scan: null, began: false };

export class Wedge {
  /** `prefix` and `suffix`: what the scanner types around each code; no suffix = Enter or Tab. */
  constructor({ prefix = "", suffix = "" } = {}) {
    this.prefix = prefix;
    this.suffix = suffix;
    this.keys = [];
    this.capturing = false;
    this.scannedAt = -Infinity;
  }

  /** What stands in the scan field. */
  get text() {
    return this.keys.filter((key) => !key.inField).map((key) => key.byKey ?? key.byCode).join("");
  }

  /** Forget what was typed. */
  clear() {
    this.keys = [];
    this.capturing = false;
  }

  /**
   * Take note of a key: {key, code, shift, ctrl, alt, meta, altGraph, repeat, at, inField}.
   * Returns {take: whether nobody else may see it, scan: the code that it ended or null,
   * began: whether a run of keys began in a field, kept: what a person typed just before the code}.
   */
  press(press) {
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

  #type(press, typed) {
    const last = this.keys.at(-1);
    const inRun = last !== undefined && press.at - last.at <= MAX_GAP_MS;
    if (press.ctrl && !inRun) return PASS;
    if ([" ", HELP].includes(typed.byKey) && !inRun && !press.inField) return PASS;
    const began = press.inField && !inRun;
    if (began || (last?.inField && !inRun)) this.clear();
    this.keys.push({ ...typed, at: press.at, inField: press.inField });
    const text = textOf(this.keys).join("");
    if (this.suffix && text.endsWith(this.suffix)) return { ...this.#endBySuffix(press), began };
    if (this.prefix && text.endsWith(this.prefix)) this.capturing = true;
    return { take: this.capturing || !press.inField, scan: null, began };
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
    const found = isStale ? null : findCode(this.keys, this.prefix);
    if (found) return this.#scanned(press, found.code, found.start);
    if (press.inField) {
      this.clear();
      return PASS;
    }
    const open = this.keys.filter((key) => !key.inField);
    if (open.length === 0) return press.at - this.scannedAt <= SECOND_END_MS && !isTabKey ? TAKE : PASS;
    return isTabKey || press.ctrl ? PASS : this.#scanned(press, this.text, 0);
  }

  /** In a field, keys that were typed long before Enter are a person's. */
  #isStale(press) {
    const last = this.keys.at(-1);
    return last === undefined || (last.inField && press.at - last.at > MAX_GAP_MS);
  }

  #scanned(press, code, start) {
    const before = this.keys.slice(0, start);
    const kept = before.filter((key) => key.inField).map((key) => key.byKey ?? "").join("");
    this.keys = before.filter((key) => !key.inField);
    this.capturing = false;
    this.scannedAt = press.at;
    return { take: true, scan: code, began: false, kept };
  }
}
