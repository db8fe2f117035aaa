/** Quick tiles: articles without a bar code, what this store sells most at this hour first. */

import { get, NoAnswer, Refusal } from "../agent/api.js";
import { isAtWork } from "../agent/session.js";
import { byId, fill, h } from "../base/dom.js";
import { on } from "../base/bus.js";
import { money } from "../base/format.js";
import { t } from "../base/i18n.js";
import { act } from "../screen/act.js";
import { putIn } from "./put_in.js";

const AGAIN_MS = 15 * 60_000;
const HUES = 8;

let quick = [];
/** The category that is shown; null for all. */
let chosen = null;
let takePieces = () => null;

/** Show the tiles below the lines, and order them anew as the hours go by; `pieces` asks what was typed before a tap. */
export function startTiles({ takePieces: pieces }) {
  takePieces = pieces;
  on("session", () => isAtWork() && look());
  on("language", draw);
  setInterval(() => isAtWork() && look(), AGAIN_MS);
}

/** The tiles of a category, or all, as buttons. */
export function tiles(category = null) {
  return quick.filter((article) => category === null || categoryOf(article) === category).map((article) =>
    h(
      `button.quick-tile.hue-${hueOf(categoryOf(article) || article.sku)}`,
      { type: "button", "data-focus": `tile-${article.sku}`, onclick: act(() => putIn({ article, line: { sku: article.sku } }, takePieces())) },
      h("span.name", {}, article.name || article.sku),
      h("span.price", {}, article.weighed ? t("tiles.per_kg", { money: money(article.price_fen) }) : money(article.price_fen)),
    ),
  );
}

async function look() {
  try {
    quick = (await get("/quick-articles")).articles;
  } catch (error) {
    if (!(error instanceof NoAnswer) && !(error instanceof Refusal)) throw error;
    return;
  }
  draw();
}

function draw() {
  const area = byId("basket");
  const old = area.querySelector(".quick");
  if (quick.length === 0) return old?.remove();
  const panel = old ?? h("div.quick", { role: "group" });
  panel.setAttribute("aria-label", t("tiles.label"));
  if (!old) area.append(panel);
  const names = [...new Set(quick.map(categoryOf).filter(Boolean))];
  if (!names.includes(chosen)) chosen = null;
  fill(panel, names.length > 1 && h("div.categories", { role: "group", "aria-label": t("tiles.label") }, [null, ...names].map(category)), tiles(chosen));
}

function category(name) {
  return h("button.plain", { type: "button", "data-focus": `category-${name ?? ""}`, "aria-pressed": String(name === chosen), onclick: () => ((chosen = name), draw()) }, name ?? t("tiles.all"));
}

function categoryOf(article) {
  return article.categories?.[0] ?? "";
}

/** The same colour for the same category, or article, in every store and at every start. */
function hueOf(name) {
  return [...name].reduce((sum, sign) => (sum * 31 + sign.codePointAt(0)) % 9973, 7) % HUES;
}
