/** Which shift of this till is open. */

import { get } from "../agent/api.js";
import { tell } from "../base/bus.js";
import { place } from "../base/place.js";

/** The open shift; null for none. */
export let shift = null;

/** Look it up, and tell. */
export async function look() {
  shift = (await get("/shifts/current", { till: place.till })).shift;
  tell("shift", shift);
}
