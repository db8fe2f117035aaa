/** Which shift of this till is open. */

import { get, NoAnswer, Refusal } from "../agent/api.js";
import { isAtWork } from "../agent/session.js";
import { on, tell } from "../base/bus.js";
import { place } from "../base/place.js";

/** The open shift; null for none. */
export let shift = null;

/** What a refusal of is a sign that the shift is not as it was. */
const WRITES = ["shift", "cash", "drawer", "closing", "sale", "refund"];

on("refused", async ({ kind }) => {
  if (!WRITES.includes(kind) || !isAtWork()) return;
  await look().catch((error) => {
    if (!(error instanceof NoAnswer) && !(error instanceof Refusal)) throw error;
  });
});

/** Look it up, and tell. */
export async function look() {
  shift = (await get("/shifts/current", { till: place.till })).shift;
  tell("shift", shift);
}

/** Close the sheet when the shift that it is about (null: none) is not the open one any more. */
export function closeWithShift(sheet, about) {
  const end = on("shift", (now) => {
    if ((now?.shift_id ?? null) === (about?.shift_id ?? null)) return;
    end();
    sheet.close();
  });
}
