/** Hold and recall (挂单/取单). */

import { get, NoAnswer, Refusal } from "../agent/api.js";
import { write } from "../agent/writes.js";
import { fill, h } from "../base/dom.js";
import { clock } from "../base/format.js";
import { t } from "../base/i18n.js";
import { place } from "../base/place.js";
import { act } from "../screen/act.js";
import { askFirst } from "../screen/ask_first.js";
import { toast } from "../screen/notices.js";
import { refusalText } from "../screen/refusals.js";
import { openSheet } from "../screen/sheet.js";
import { clearVerdict } from "../screen/verdict.js";
import { session } from "../agent/session.js";
import { inTurn, isEmpty, refreshNow } from "./basket.js";

const HELD = `/tills/${place.till}/held`;

/** Set the basket aside, or show those that were when there is nothing in it. */
export function holdOrRecall() {
  return inTurn(() => (isEmpty() ? openHeld() : holdNow()));
}

/** In its own turn: what is scanned meanwhile goes into the next basket, and nothing of this one does. */
async function holdNow() {
  const held = await write("hold", "POST", HELD, { cashier: session.cashier });
  await refreshNow();
  clearVerdict();
  toast("held", { tone: "plain", text: () => t("hold.done", { name: held.name }), action: { label: () => t("hold.show"), run: openHeld } });
}

/** Show what is held. */
export function openHeld() {
  const list = h("div.found", {}, h("p.quiet", {}, t("list.loading")));
  const sheet = openSheet({ name: "held", title: () => t("hold.title"), content: () => list, wide: true });
  show(sheet, list);
}

async function show(sheet, list) {
  try {
    const { held } = await get(HELD);
    fill(list, held.length ? h("ul.choices", {}, held.map((one) => item(sheet, list, one))) : h("p", {}, t("hold.none")));
    list.querySelector("button")?.focus();
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof NoAnswer)) throw error;
    fill(list, h("p.wrong", {}, refusalText(error)));
  }
}

async function recallNow(held) {
  if (!isEmpty()) await holdNow();
  await write("recall", "POST", `${HELD}/${held.basket_id}/recall`, { cashier: session.cashier });
  await refreshNow();
}

/** It is not held any more as the list shows it. */
async function again(sheet, list, error) {
  await show(sheet, list);
  throw error;
}

function item(sheet, list, held) {
  const recall = act(async () => {
    await inTurn(() => recallNow(held)).catch((error) => again(sheet, list, error));
    sheet.close();
  });
  const discard = act(async () => {
    if (!(await askFirst(() => t("hold.discard_sure", { name: held.name, n: held.pieces })))) return;
    await write("discard", "DELETE", `${HELD}/${held.basket_id}`).catch((error) => again(sheet, list, error));
    await show(sheet, list);
  });
  return h(
    "li.row",
    {},
    h("button.choice", { type: "button", onclick: recall }, h("span.name", {}, held.name), h("span.quiet", {}, t("hold.about", { n: held.pieces, till: held.till, cashier: held.cashier, at: clock(held.held_at) }))),
    h("button.remove", { type: "button", onclick: discard, "aria-label": t("hold.discard", { name: held.name }) }, "✕"),
  );
}
