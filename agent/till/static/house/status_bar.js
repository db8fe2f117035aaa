/** The status bar: line, outbox, devices and what is left of the offline limits, always in sight. */

import { get, NoAnswer, Refusal } from "../agent/api.js";
import { isLive } from "../agent/live.js";
import { byId, fill, h } from "../base/dom.js";
import { on, tell } from "../base/bus.js";
import { clock, span } from "../base/format.js";
import { said, t } from "../base/i18n.js";
import { place } from "../base/place.js";
import { isAtWork, session } from "../agent/session.js";
import { notice } from "../screen/notices.js";
import { casesChip } from "../coupons/cases.js";
import { deviceChip, isDrawerStuck } from "./devices.js";
import { limitMeters } from "./limits.js";
import { showHindrance } from "./recording_notice.js";
import { showSetBack } from "./set_back_notice.js";
import { remindOf } from "../cash/late_shift.js";

const LOOK_MS = 3000;
const REDRAW_MS = 15000;

/** How the store stands, as last told; null before anybody signed in. */
export let status = null;
let isAway = false;

/** Show the status and keep it fresh: by news, or by asking while none come. */
export function startStatusBar() {
  on("news status", take);
  on("news devices", look);
  on("news print", look);
  on("sold", look);
  on("session", (found) => (found ? (draw(), look()) : forget()));
  on("language", draw);
  on("agent away", () => away(true));
  on("not live", () => (draw(), look()));
  on("live", () => (away(false), draw()));
  setInterval(() => isAtWork() && (isAway || !isLive()) && look(), LOOK_MS);
  setInterval(draw, REDRAW_MS);
  draw();
}

/** Ask how the store stands. */
export async function look() {
  if (!isAtWork()) return;
  try {
    take(await get("/status"));
  } catch (error) {
    if (!(error instanceof NoAnswer) && !(error instanceof Refusal)) throw error;
  }
}

function take(found) {
  const before = status;
  status = { ...status, ...found };
  away(false);
  if (isDrawerStuck(status) !== isDrawerStuck(before)) notice("drawer", isDrawerStuck(status) ? { tone: "warn", text: () => t("notice.drawer") } : null);
  showHindrance(status.recording.sentence);
  showSetBack(status.set_back.sentence);
  remindOf(status.late_shifts);
  if (before && before.acked_seq !== status.acked_seq) tell("news synced", { acked_seq: status.acked_seq });
  draw();
}

function forget() {
  status = null;
  notice("drawer", null);
  notice("late-shift", null);
  showSetBack(null);
  draw();
}

function away(now) {
  if (now === isAway) return;
  isAway = now;
  notice("away", now ? { tone: "warn", text: () => t("notice.agent_away") } : null);
  if (!now) tell("agent back");
  draw();
}

function draw() {
  fill(
    byId("status"),
    h("div.who", {}, h("strong", {}, place.storeName || place.store), h("span", {}, who())),
    status && isAtWork() && [line(), outbox(), parked(), casesChip(status.cases), deviceChip(status, "printer"), deviceChip(status, "scanner"), limitMeters(status)],
  );
}

function who() {
  const parts = [place.till, session && (session.name || session.cashier), session?.training && t("states.training")];
  return parts.filter(Boolean).join(" · ");
}

function line() {
  const { state, tone, title, hint } = status.exchange;
  const { since } = status.line;
  const when = ["online", "offline"].includes(state) && since ? t("status.since", { at: clock(since), span: span(Date.now() - since) }) : said(hint);
  return chip(tone, said(title), isOnStandby() ? t("status.standby", { when }) : when, "line");
}

/** Whether head office is reached, and not by the line or address that is preferred. */
function isOnStandby() {
  return status.line.ways.findIndex(({ state }) => state === "in_use") > 0;
}

function outbox() {
  const { pending, oldest_at: oldest } = status.outbox;
  if (!pending) return chip("good", t("status.all_synced"), t("status.pending", { n: 0 }), "outbox");
  return chip("plain", t("status.pending", { n: pending }), oldest ? t("status.oldest", { at: clock(oldest) }) : "", "outbox");
}

function parked() {
  const n = status.outbox.parked_at_hq + status.outbox.parked_here;
  return chip(n ? "warn" : "plain", t("status.parked", { n }), n ? t("status.parked_hint") : t("status.none"), "parked");
}

function chip(tone, name, detail, kind) {
  return h("div.chip", { "data-tone": tone, "data-chip": kind }, h("span.dot", { "aria-hidden": "true" }), h("span.name", {}, name), h("span.quiet", {}, detail));
}
