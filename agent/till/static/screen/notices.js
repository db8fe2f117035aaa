/** Notices: one line each that stays until its matter is over, such as a write that is being retried. */

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

/** Show a notice for a moment, long enough to use its action. */
export function toast(name, told) {
  notice(name, told);
  setTimeout(() => {
    if (notices.get(name) === told) notice(name, null);
  }, TOAST_MS);
}

/** Draw notices again in another language. */
export function startNotices() {
  byId("notices").setAttribute("aria-live", "polite");
  on("language", draw);
}

function draw() {
  fill(
    byId("notices"),
    [...notices].map(([name, told]) =>
      h(
        "p.notice",
        { "data-tone": told.tone, "data-notice": name },
        h("span", {}, told.text()),
        told.action && h("button.plain", { type: "button", onclick: told.action.run, "data-focus": `notice-${name}` }, told.action.label()),
      ),
    ),
  );
}
