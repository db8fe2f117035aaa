/** Closing the shift: the drawer is counted blind, note by note, before the report tells. */

import { get } from "../agent/api.js";
import { write } from "../agent/writes.js";
import { byId, h } from "../base/dom.js";
import { money } from "../base/format.js";
import { said, t } from "../base/i18n.js";
import { place } from "../base/place.js";
import { isEmpty } from "../selling/basket.js";
import { act } from "../screen/act.js";
import { askFirst } from "../screen/ask_first.js";
import { numpad } from "../screen/numpad.js";
import { openSheet } from "../screen/sheet.js";
import { showVerdict } from "../screen/verdict.js";
import { unsyncedWarnings } from "./leave.js";
import { session } from "../agent/session.js";
import { closeWithShift, look } from "./current.js";
import { showReport } from "./report.js";

const NOTES_FEN = [10000, 5000, 2000, 1000, 500, 100, 50, 10];
const MAX_PIECES = 9999;
/** So many pieces of one note or coin are asked about. */
const MANY_PIECES = 1000;

/** Open the count that closes `shift`. */
export async function openClosing(shift) {
  const { unsynced } = await get("/sessions/current");
  const warnings = unsyncedWarnings(unsynced);
  if (!isEmpty()) warnings.push(() => t("leave.basket"));
  const counts = new Map();
  const sheet = openSheet({ name: "closing", title: () => t("closing.title"), content: (drawn) => form(drawn, shift, counts, warnings), wide: true });
  closeWithShift(sheet, shift);
}

function form(sheet, shift, counts, warnings) {
  const total = h("strong", { id: "counted" }, money(sumOf(counts)));
  const wrong = h("p.wrong", { role: "alert" });
  const pad = h("div.pad-place");
  const count = (note) => {
    const input = h("input.number", { id: `note-${note}`, type: "text", inputmode: "none", autocomplete: "off", maxLength: 4, "data-focus": `note-${note}`, "data-takes": "pieces" });
    input.value = counts.get(note) ?? "";
    input.addEventListener("input", () => {
      input.value = input.value.replace(/\D/g, "");
      if (input.value) counts.set(note, Math.min(MAX_PIECES, Number(input.value)));
      else counts.delete(note);
      total.textContent = money(sumOf(counts));
    });
    input.addEventListener("focus", () => pad.replaceChildren(numpad(input)));
    return h("div.note-count", {}, h("label", { for: `note-${note}` }, `${money(note)} ×`), input);
  };
  const submit = act(async () => {
    if (counts.size === 0) return void (wrong.textContent = t("closing.nothing"));
    const many = [...counts].find(([, pieces]) => pieces >= MANY_PIECES);
    if (many && !(await askFirst(() => t("closing.many", { note: money(many[0]), n: many[1] })))) return byId(`note-${many[0]}`)?.select();
    const answer = await write("closing", "POST", `/shifts/${shift.shift_id}/closing`, { till: place.till, cashier: session.cashier, counted_fen: sumOf(counts), print: true });
    sheet.close();
    await look();
    showVerdict({ tone: "good", title: () => t("closing.done", { no: answer.report.z_no }), sentence: () => said(answer.sentence) });
    showReport(answer.report);
  });
  return h(
    "form",
    { onsubmit: (event) => (event.preventDefault(), submit()), onkeydown: goOn, novalidate: true },
    h("p.about", {}, t("closing.hint")),
    warnings.map((text) => h("p.warning", {}, text())),
    h(
      "div.two-columns",
      {},
      h("div", {}, h("div.note-counts", {}, NOTES_FEN.map(count)), h("p.payable", {}, h("span", {}, t("closing.counted")), total), wrong),
      h("div.pad-side", {}, pad, h("button.primary", { type: "submit" }, t("closing.submit"))),
    ),
  );
}

/** Enter goes on to the next note, and at last to the button: it closes no shift half counted. */
function goOn(event) {
  if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
  event.preventDefault();
  const stops = [...event.currentTarget.querySelectorAll("input, button.primary")];
  stops[stops.indexOf(event.target) + 1].focus();
}

function sumOf(counts) {
  return [...counts].reduce((sum, [note, pieces]) => sum + note * pieces, 0);
}
