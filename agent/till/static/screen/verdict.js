/**
 * The verdict: the full width of the screen says what became of the last scan, by colour, shape,
 * sound, one sentence and what to do next.
 *
 * Tones: good ✓ (green, round), risk ✓ (dashed, amber-green), warn ! (amber, triangle), bad ✕ (red,
 * octagon), tick ✓ (an article went in), idle.
 */

import { byId, fill, h } from "../base/dom.js";
import { on } from "../base/bus.js";
import { t } from "../base/i18n.js";
import { isAtWork, session } from "../agent/session.js";
import { play } from "./sound.js";

const SHAPES = { good: "✓", risk: "✓", warn: "!", bad: "✕", tick: "✓", idle: "" };

let shown = null;

/**
 * Show a verdict: {tone, title, sentence, next, action: {label, run}, facts: [[name, value]]}, each text a
 * function. `now()` gives it anew when the basket changes under it; null: it is over.
 */
export function showVerdict(verdict, { quiet = false } = {}) {
  shown = verdict;
  draw();
  if (!quiet) play(verdict.tone);
}

/** Wait for the next scan. */
export function clearVerdict() {
  shown = null;
  draw();
}

/** What is shown now; null while waiting. */
export function shownVerdict() {
  return shown;
}

/** Draw the verdict for the first time, and again in another language. */
export function startVerdict() {
  draw();
  on("language", draw);
  on("basket", () => shown?.now && renew());
  on("session", (found) => (found && !found.locked ? draw() : clearVerdict()));
}

/** What it says of the basket counts as the basket is now; of what lies in it no more, nothing is said. */
function renew() {
  const { now } = shown;
  const anew = now();
  shown = anew && { ...anew, now };
  draw();
}

function idle() {
  if (isAtWork()) return { tone: "idle", title: () => t("verdict.ready"), sentence: () => t("verdict.ready_hint") };
  if (session) return { tone: "idle", title: () => t("unlock.title"), sentence: () => t("verdict.locked_hint") };
  return { tone: "idle", title: () => t("verdict.nobody"), sentence: () => t("verdict.nobody_hint") };
}

function draw() {
  const verdict = shown ?? idle();
  const area = byId("verdict");
  area.dataset.tone = verdict.tone;
  fill(
    area,
    h("div.mark", { "aria-hidden": "true" }, SHAPES[verdict.tone]),
    h(
      "div.words",
      { role: "status", "aria-live": verdict.tone === "idle" ? "off" : "assertive", "aria-atomic": "true" },
      h("p.title", {}, verdict.title()),
      h("p.sentence", {}, [verdict.sentence?.(), verdict.next?.()].filter(Boolean).join(" ")),
    ),
    verdict.facts && h("dl.facts", {}, verdict.facts().map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    verdict.action && h("button.plain", { type: "button", onclick: verdict.action.run, "data-focus": "verdict" }, verdict.action.label()),
  );
}
