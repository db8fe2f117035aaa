/**
 * Notices: one line each that stays until its matter is over, such as a write that is being retried.
 * Toasts: what may be undone for a moment; they lie over the foot of the page and move nothing on it.
 */

import { byId, fill, h } from "../base/dom.js";
import { on } from "../base/bus.js";

const notices = new Map();
const TOAST_MS = 6000;

/** Show the notice `name`: {tone, text(), action: {label, run}}; null takes it away. */
export function notice(name, told) {
  if (told) notices.set(name, told);
  else notices.delete(name);
  draw();
}

/** Show a toast for a moment, long enough to use its action. */
export function toast(name, told) {
  told = { ...told, passes: true };
  notice(name, told);
  setTimeout(() => {
    if (notices.get(name) === told) notice(name, null);
  }, TOAST_MS);
}

/** Draw notices again in another language. */
export function startNotices() {
  byId("notices").setAttribute("aria-live", "polite");
  byId("toasts").setAttribute("aria-live", "polite");
  on("language", draw);
  on("session", () => {
    for (const [name, told] of [...notices]) if (told.passes) notices.delete(name); // it was the other's
    draw();
  });
}

function draw() {
  const all = [...notices];
  fill(byId("notices"), all.filter(([, told]) => !told.passes).map(line));
  fill(byId("toasts"), all.filter(([, told]) => told.passes).map(line));
}

function line([name, told]) {
  return h(
    "p.notice",
    { "data-tone": told.tone, "data-notice": name },
    h("span", {}, told.text()),
    told.action && h("button.plain", { type: "button", onclick: told.action.run, "data-focus": `notice-${name}` }, told.action.label()),
  );
}
