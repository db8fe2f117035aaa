/** How printer and scanners stand, in a chip each. */

import { isLive } from "../agent/live.js";
import { h } from "../base/dom.js";
import { t } from "../base/i18n.js";
import { openPrinter } from "../printing/printer.js";
import { stateText } from "../screen/device_state.js";

const TONES = { connected: "good", connecting: "plain", degraded: "warn", disconnected: "bad", unknown: "warn" };
const WORST_FIRST = ["disconnected", "degraded", "unknown", "connecting", "connected"];

/** Return the chip of a kind of device. */
export function deviceChip(status, kind) {
  const told = (status.devices ?? []).filter((device) => device.kind === kind);
  const isUnheard = kind === "scanner" && !isLive(); // what it reads does not come to this page
  const devices = isUnheard ? told.map((device) => ({ ...device, state: "connecting", faults: [] })) : told;
  const worst = devices.sort((a, b) => WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state))[0];
  const works = !worst || worst.state === "connected";
  const unsure = kind === "printer" && works ? (status.prints?.unknown ?? 0) : 0; // a fault is told first
  const tone = unsure ? "warn" : worst ? TONES[worst.state] : "plain";
  const detail = unsure ? t("device.unsure", { n: unsure }) : worst ? stateText(worst) : t(`device.no_${kind}`);
  const content = [h("span.dot", { "aria-hidden": "true" }), h("span.name", {}, t(`device.${kind}`)), h("span.quiet", {}, detail)];
  if (kind !== "printer") return h("div.chip", { "data-tone": tone, "data-chip": kind }, content);
  return h("button.chip", { type: "button", "data-tone": tone, "data-chip": kind, "data-focus": "chip-printer", onclick: openPrinter }, content);
}

/** Whether the drawer did not open when it was last asked to. */
export function isDrawerStuck(status) {
  return Boolean(status?.devices?.some((device) => device.kind === "drawer" && device.detail));
}
