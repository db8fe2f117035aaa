/** Asking before what is hardly meant: a sum or a number far beyond what is usual here. */

import { h } from "../base/dom.js";
import { t } from "../base/i18n.js";
import { openSheet } from "./sheet.js";

/** No drawer begins with more, and no such sum goes in or out of it unasked, in fen. */
export const MUCH_CASH_FEN = 500_000;

/** Ask whether `sentence()` is so; Enter alone says no. Returns whether it is. */
export function askFirst(sentence) {
  return new Promise((resolve) => {
    let meant = false;
    openSheet({
      name: "ask",
      title: () => t("ask.title"),
      content: (sheet) => question(sheet, sentence, () => (meant = true)),
      onClose: () => resolve(meant),
    });
  });
}

function question(sheet, sentence, say) {
  return h(
    "div.ask",
    {},
    h("p.about", {}, sentence()),
    h(
      "div.row",
      {},
      h("button.primary", { type: "button", "data-autofocus": "", "data-focus": "ask-no", onclick: sheet.close }, t("ask.no")),
      h("button.plain", { type: "button", "data-focus": "ask-yes", onclick: () => (say(), sheet.close()) }, t("ask.yes")),
    ),
  );
}
