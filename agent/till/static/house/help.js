/** The list of keys, on F1 or ?. */

import { h } from "../base/dom.js";
import { t } from "../base/i18n.js";
import { allFunctions } from "./keys.js";
import { openSheet } from "../screen/sheet.js";

const IN_BASKET = [
  ["↑ ↓", "help.move"],
  ["← →", "help.pieces"],
  ["+ −", "help.pieces"],
  ["3 *", "help.times"],
  ["Del", "help.delete"],
  ["Esc", "help.escape"],
  ["Enter", "help.enter"],
];

/** Open the list. */
export function openHelp() {
  openSheet({ name: "help", title: () => t("help.title"), content: list });
}

function list() {
  const functions = allFunctions().map((one) => [one.key, `keys.${one.name}`]);
  return h(
    "div.help",
    {},
    table(functions),
    table(IN_BASKET),
    h("p.quiet", {}, t("help.scan")),
  );
}

function table(rows) {
  return h("table", {}, h("tbody", {}, rows.map(([key, text]) => h("tr", {}, h("th", { scope: "row" }, h("kbd", {}, key)), h("td", {}, t(text))))));
}
