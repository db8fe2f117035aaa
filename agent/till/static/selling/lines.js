/** The basket's lines on the screen. */

import { byId, fill, h, isEditable } from "../base/dom.js";
import { on } from "../base/bus.js";
import { money } from "../base/format.js";
import { t } from "../base/i18n.js";
import { isOutOfSale } from "./out_of_sale.js";
import { openQuantity } from "./quantity.js";
import { takenOff } from "./promotions.js";
import { addPieces, content, isEmpty, mark, marked, priced, removeLine, touched, undo, undoClear } from "./basket.js";
import { isAtWork } from "../agent/session.js";
import { act } from "../screen/act.js";
import { notice, toast } from "../screen/notices.js";
import { hasSheet } from "../screen/sheet.js";

const DOUBLE_TAP_MS = 400;
const MOVES = { ArrowUp: -1, ArrowDown: 1 };
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

let removedAt = -Infinity;

/** Draw the lines whenever the basket changes; arrows and Delete work on the marked line, wherever the focus is. */
export function startLines() {
  on("basket", draw);
  on("language", draw);
  on("line removed", ({ name }) => {
    removedAt = performance.now();
    toast("removed", {
      tone: "plain",
      text: () => t("basket.removed", { name }),
      action: { label: () => t("basket.undo"), run: act(async () => (notice("removed", null), undo())) },
    });
  });
  on("basket cleared", () =>
    toast("cleared", {
      tone: "plain",
      text: () => t("basket.cleared"),
      action: { label: () => t("basket.undo"), run: act(async () => (notice("cleared", null), undoClear())) },
    }),
  );
  window.addEventListener("keydown", keys);
  draw();
}

function draw() {
  if (isEmpty()) notice("removed", null); // that customer has gone
  const area = byId("basket");
  let list = area.querySelector(".lines");
  if (!list) area.append((list = h("div.lines")));
  if (priced.lines.length === 0) return fill(list, empty());
  fill(list, h("ul", {}, priced.lines.map(line)));
  list.querySelector(".marked")?.scrollIntoView({ block: "nearest" });
}

function empty() {
  return h(
    "div.empty",
    {},
    h("div.barcode", { "aria-hidden": "true" }),
    h("p", {}, t("basket.empty")),
    h("p.quiet", {}, t("basket.empty_hint")),
  );
}

function line(item, at) {
  const { quantity } = item;
  const name = item.name || item.sku;
  return h(
    `li.line${marked() === at ? ".marked" : ""}${touched === at ? ".touched" : ""}${isOutOfSale(item.sku) ? ".out-of-sale" : ""}`,
    { "data-at": at },
    h(
      "div.what",
      {},
      h("p.name", {}, name, isOutOfSale(item.sku) && h("strong.wrong", {}, ` ${t("reason.article_withdrawn")}`)),
      h("p.quiet", {}, `${item.sku} · ${money(item.unit_price_fen)}`, item.weight_g && ` · ${t("basket.weight", { g: item.weight_g })}`),
      takenOff(item),
    ),
    h(
      "div.pieces",
      { role: "group", "aria-label": t("basket.quantity_of", { name }) },
      step("−", at, -1, t("basket.less", { name })),
      h("button.count", { type: "button", "data-focus": `count-${at}`, "aria-label": t("basket.set_quantity", { name, n: quantity }), onclick: () => openQuantity(at) }, String(quantity)),
      step("+", at, 1, t("basket.more", { name })),
    ),
    h("p.amount", {}, money(item.amount_fen)),
    h("button.remove", { type: "button", "data-focus": `remove-${at}`, "aria-label": t("basket.remove", { name }), onclick: unlessDouble(() => removeLine(at)) }, "✕"),
  );
}

function step(sign, at, by, label) {
  return h("button.step", { type: "button", "data-focus": `${sign}-${at}`, "aria-label": label, onclick: unlessDouble(() => addPieces(at, by)) }, sign);
}

/** Each tap counts; only the second of a double tap that took a line out is not the next line's. */
function unlessDouble(work) {
  return (event) => {
    if (event.detail === 0 || performance.now() - removedAt > DOUBLE_TAP_MS) act(work)();
  };
}

function keys(event) {
  if (!isAtWork() || hasSheet() || isEditable(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
  if (!(event.key in MOVES || event.key in STEPS || event.key === "Delete")) return;
  const focused = event.target.closest?.("[data-at]");
  if (focused) mark(Number(focused.dataset.at));
  const at = marked();
  if (at < 0) return;
  if (event.key in MOVES) move(at + MOVES[event.key], focused);
  else if (event.key in STEPS) stepMarked(STEPS[event.key]);
  else act(() => removeLine(at))();
  event.preventDefault();
}

/** Mark another line; the focus goes with it if it was on a line. */
function move(to, focused) {
  mark(to);
  if (focused) byId("basket").querySelector(`[data-focus="count-${marked()}"]`)?.focus();
}

/** Put so many pieces more on the marked line, or fewer, but no line out: that is what Delete is for. */
export function stepMarked(by) {
  const at = marked();
  if (at >= 0 && isAtWork() && !hasSheet()) act(() => addPieces(at, by, 1))();
}
