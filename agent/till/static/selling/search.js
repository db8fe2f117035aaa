/** Finding an article by name, sku or GTIN, while typing. */

import { get, NoAnswer, Refusal } from "../agent/api.js";
import { fill, h } from "../base/dom.js";
import { money } from "../base/format.js";
import { t } from "../base/i18n.js";
import { act } from "../screen/act.js";
import { refusalText } from "../screen/refusals.js";
import { openSheet } from "../screen/sheet.js";
import { putIn } from "./put_in.js";
import { tiles } from "./tiles.js";

const TYPING_MS = 120;

/** Open the sheet that finds articles; `text` is what was typed already. */
export function openSearch(text = "") {
  openSheet({ name: "search", title: () => t("search.title"), content: () => form(text), wide: true });
}

function form(text) {
  const found = h("div.found", { "aria-live": "polite" });
  const input = h("input.text", { id: "article-query", type: "search", autocomplete: "off", maxLength: 60, "data-autofocus": "", "data-focus": "article-query" });
  input.value = text;
  let timer = 0;
  let asked = 0;
  const look = async () => {
    const query = plain(input.value);
    const turn = (asked += 1);
    if (!query) return fill(found, h("p.quiet", {}, t("search.hint")), h("div.quick", {}, tiles()));
    try {
      const { articles, more } = await get("/articles", { query });
      if (turn === asked) show(found, articles, more);
    } catch (error) {
      if (!(error instanceof Refusal) && !(error instanceof NoAnswer)) throw error;
      fill(found, h("p.wrong", {}, refusalText(error)));
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, TYPING_MS);
  });
  const submit = async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    await look();
    found.querySelector("button")?.focus();
  };
  look();
  return h("form", { onsubmit: submit, novalidate: true, role: "search" }, h("div.field", {}, h("label", { for: "article-query" }, t("search.label")), input), found);
}

/** Without the marks that an input method sets between syllables while it waits: hong'fu'shi. */
function plain(text) {
  return text.replace(/(?<=[a-zA-Z])'(?=[a-zA-Z])/g, "").trim();
}

function show(found, articles, more) {
  if (articles.length === 0) return fill(found, h("p", {}, t("search.none")));
  fill(found, h("ul.choices", {}, articles.map(choice)), more && h("p.quiet", {}, t("search.more")));
}

function choice(article) {
  const put = act(() => putIn({ article, line: { sku: article.sku } }));
  return h(
    "li",
    {},
    h(
      "button.choice",
      { type: "button", onclick: put, "data-focus": `article-${article.sku}` },
      h("span.name", {}, article.name || article.sku),
      h("span.quiet", {}, article.sku, typeof article.quantity === "number" && ` · ${t("search.stock", { n: article.quantity })}`, article.withdrawn && ` · ${t("reason.article_withdrawn")}`),
      h("span.amount", {}, article.weighed ? t("tiles.per_kg", { money: money(article.price_fen) }) : money(article.price_fen)),
    ),
  );
}
