/** Signing out: warns while something is not synced. It stays on this PC all the same. */

import { get } from "../agent/api.js";
import { isEmpty } from "../selling/basket.js";
import { h } from "../base/dom.js";
import { clock } from "../base/format.js";
import { t } from "../base/i18n.js";
import { act } from "../screen/act.js";
import { closeAll, openSheet } from "../screen/sheet.js";
import { signOut } from "../agent/session.js";

/** Sign out, after a warning where there is something to know. */
export async function leave() {
  const { unsynced } = await get("/sessions/current");
  const warnings = unsyncedWarnings(unsynced);
  if (!isEmpty()) warnings.push(() => t("leave.basket"));
  if (warnings.length === 0) return go();
  openSheet({ name: "leave", title: () => t("leave.title"), content: (sheet) => ask(sheet, warnings) });
}

/** What to know of what is not synced: [text()], empty when all is. */
export function unsyncedWarnings({ pending, oldest_at: oldest }) {
  if (!pending) return [];
  return [() => t("leave.unsynced", { n: pending, at: oldest ? clock(oldest) : "" })];
}

function ask(sheet, warnings) {
  return h(
    "div.ask",
    {},
    warnings.map((text) => h("p.about", {}, text())),
    h("div.row", {}, h("button.primary", { type: "button", "data-autofocus": "", onclick: sheet.close }, t("leave.stay")), h("button.plain", { type: "button", "data-focus": "go", onclick: act(go) }, t("leave.go"))),
  );
}

async function go() {
  closeAll();
  await signOut();
}
