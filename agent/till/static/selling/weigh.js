/** The weight of what is sold by weight: keyed in, in kilograms; the price is shown meanwhile. */

import { h } from "../base/dom.js";
import { money } from "../base/format.js";
import { t } from "../base/i18n.js";
import { numberInput, numpad } from "../screen/numpad.js";
import { openSheet } from "../screen/sheet.js";

const MAX_GRAMS = 99_999;

/** Ask what it weighs; returns grams, or null. */
export function askWeight(article) {
  return new Promise((resolve) => {
    let grams = null;
    openSheet({
      name: "weigh",
      title: () => t("weigh.title", { name: article.name || article.sku }),
      content: (sheet) => form(sheet, article, (found) => (grams = found)),
      onClose: () => resolve(grams),
    });
  });
}

/** The line of an article, with its weight asked for where it is sold so and not known; null: nobody said. */
export async function weighedLine(article, line) {
  const isKnown = !article.weighed || [line.weight_g, line.unit_price_fen, line.amount_fen].some((one) => (one ?? null) !== null);
  if (isKnown) return line;
  const grams = await askWeight(article);
  return grams === null ? null : { ...line, weight_g: grams };
}

/** "1.25" → 1250, also as an input method types it; null for none, or more than a till sells. */
export function gramsOf(text) {
  const match = /^(\d{1,2})?(?:\.(\d{0,3}))?$/.exec(text.normalize("NFKC").replace(/[。,]/, ".").trim());
  if (!match) return null;
  const grams = Number(match[1] ?? 0) * 1000 + Number((match[2] ?? "").padEnd(3, "0"));
  return grams > 0 && grams <= MAX_GRAMS ? grams : null;
}

function form(sheet, article, done) {
  const price = h("p.payable", { "aria-live": "polite" });
  const wrong = h("p.wrong", { role: "alert" });
  const weight = numberInput({ id: "weight", label: t("weigh.weight"), takes: "weight", maxlength: 6, oninput: () => show() });
  weight.input.setAttribute("data-autofocus", "");
  const show = () => {
    const grams = gramsOf(weight.input.value);
    wrong.textContent = "";
    price.replaceChildren(h("span", {}, t("weigh.per_kg", { money: money(article.price_fen) })), h("strong", {}, grams === null ? "" : money(Math.floor((grams * article.price_fen + 500) / 1000))));
  };
  const submit = (event) => {
    event.preventDefault();
    const grams = gramsOf(weight.input.value);
    if (grams === null) return void ((wrong.textContent = t("weigh.no_weight")), weight.input.select());
    done(grams);
    sheet.close();
  };
  show();
  return h("form.narrow", { onsubmit: submit, novalidate: true }, price, weight.row, wrong, numpad(weight.input, ["00", "."]), h("button.primary", { type: "submit" }, t("weigh.submit")));
}
