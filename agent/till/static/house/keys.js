/** The bar of functions at the foot, and the keys that do the same. */

import { byId, fill, h } from "../base/dom.js";
import { on } from "../base/bus.js";
import { t } from "../base/i18n.js";
import { isAtWork } from "../agent/session.js";
import { act } from "../screen/act.js";
import { hasSheet } from "../screen/sheet.js";

let functions = [];

/** `found`: [{key, name, run, shown}]; each key works while no sheet is open. */
export function startKeys(found) {
  functions = found.map((one) => ({ ...one, run: act(one.run) })); // pressed twice, it is done once
  window.addEventListener("keydown", press);
  on("language", draw);
  on("session", draw);
  draw();
}

/** The functions, for the page of help. */
export function allFunctions() {
  return functions;
}

function draw() {
  fill(
    byId("keys"),
    isAtWork() && functions.filter((one) => one.shown !== false).map((one) => h("button.key", { type: "button", "data-focus": one.key, "data-function": one.name, onclick: one.run }, h("span", {}, t(`keys.${one.name}`)), h("kbd", {}, one.key))),
  );
}

function press(event) {
  const wanted = functions.find((one) => one.key === event.key);
  if (!wanted || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  if (isAtWork() && !hasSheet() && !event.repeat) wanted.run();
}
