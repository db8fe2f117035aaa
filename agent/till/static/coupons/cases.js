/** Coupons that were used twice, as head office judged them: a chip, and a sheet for the manager. */

import { get } from "../agent/api.js";
import { h } from "../base/dom.js";
import { said, t } from "../base/i18n.js";
import { act } from "../screen/act.js";
import { openSheet } from "../screen/sheet.js";

/** Return the chip of `n` open cases; nothing when there is none. */
export function casesChip(n) {
  return (
    n > 0 &&
    h(
      "button.chip",
      { type: "button", "data-tone": "warn", "data-chip": "cases", "data-focus": "cases", onclick: act(openCases) },
      h("span.dot", { "aria-hidden": "true" }),
      h("span.name", {}, t("cases.open", { n })),
      h("span.quiet", {}, t("cases.hint")),
    )
  );
}

async function openCases() {
  const { cases } = await get("/cases");
  openSheet({ name: "cases", title: () => t("cases.title"), content: () => list(cases) });
}

function list(cases) {
  return h("div.cases", {}, cases.map((one) => h("p", { "data-open": String(one.open) }, said(one.sentence))));
}
