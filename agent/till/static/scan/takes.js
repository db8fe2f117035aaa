/** What fields take from a person; what does not fit came from a scanner. Pure. */

import { isGtin } from "./gtin.js";

const MONEY = /^\d{0,7}([.,。][\d.,。]{0,4})?$/;
const PIECES = /^\d{0,4}$/;

/** By what a field takes: whether a person may have typed `run`, which makes it `whole`. */
const MAY_BE = {
  /** Yuan: at most seven digits before the point, and slips around the point. */
  money: (_, whole) => MONEY.test(whole),
  /** Pieces, also of notes and coins. */
  pieces: (_, whole) => PIECES.test(whole),
  /** Kilograms: two digits before the point, three behind it. */
  weight: (_, whole) => /^\d{0,2}([.,。]\d{0,3})?$/.test(whole),
  /** A phone number, its end, or a member id. */
  member: (_, whole) => !/^\d{8}$/.test(whole),
  /** A reason. */
  words: (run) => !(run.length === 8 && isGtin(run)),
};

/** Whether a person may have typed `run` into a field that takes `takes` and held `before`. */
export function fits(takes, run, before) {
  return MAY_BE[takes]?.(run, before + run) ?? true;
}
