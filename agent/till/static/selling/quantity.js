/** The sheet that sets the pieces of a line. */

import { h } from "../base/dom.js";
import { t } from "../base/i18n.js";
import { act } from "../screen/act.js";
import { askFirst } from "../screen/ask_first.js";
import { numberInput, numpad } from "../screen/numpad.js";
import { openSheet } from "../screen/sheet.js";
import { content, priced, setQuantity } from "./basket.js";

const MAX_QUANTITY = 9999;
/** So many of one article are asked about. */
const MANY_PIECES = 100;

/** Whether so many pieces of one article are meant: of many the cashier is asked. */
export async function isMeant(pieces) {
  return pieces < MANY_PIECES || askFirst(() => t("quantity.many", { n: pieces }));
}

/** Ask for the pieces of line `at`. */
export function openQuantity(at) {
  const name = priced.lines[at].name || priced.lines[at].sku;
  openSheet({ name: "quantity", title: () => t("quantity.title", { name }), content: (sheet) => form(sheet, at) });
}

function form(sheet, at) {
  const pieces = numberInput({ id: "pieces", label: t("quantity.pieces"), takes: "pieces", value: String(content.lines[at].quantity ?? 1), maxlength: 4 });
  pieces.input.setAttribute("data-autofocus", "");
  const submit = act(async () => {
    const text = pieces.input.value.trim();
    if (!/^\d{1,4}$/.test(text) || Number(text) > MAX_QUANTITY) return pieces.input.select();
    const number = Number(text);
    if (!(await isMeant(number))) return pieces.input.select();
    sheet.close();
    await setQuantity(at, number);
  });
  return h(
    "form.narrow",
    { onsubmit: (event) => (event.preventDefault(), submit()), novalidate: true },
    pieces.row,
    numpad(pieces.input),
    h("button.primary", { type: "submit" }, t("quantity.submit")),
  );
}
