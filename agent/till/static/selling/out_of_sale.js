/** What head office took out of sale (停售) while it lies in the basket: told at once, and not sold. */

import { on } from "../base/bus.js";
import { said, t } from "../base/i18n.js";
import { showVerdict } from "../screen/verdict.js";
import { priced } from "./basket.js";

let told = new Set();

/** Say it when it happens, once for each article. */
export function startOutOfSale() {
  on("basket", () => {
    const gone = priced.out_of_sale ?? [];
    const fresh = gone.filter(({ sku }) => !told.has(sku));
    told = new Set(gone.map(({ sku }) => sku));
    if (fresh.length) refuse(fresh);
  });
}

/** Whether the basket can be sold; says why not. */
export function canBeSold(answer = priced) {
  const gone = answer.out_of_sale ?? [];
  if (gone.length) refuse(gone);
  return gone.length === 0;
}

/** Whether this article of the basket is out of sale. */
export function isOutOfSale(sku) {
  return (priced.out_of_sale ?? []).some((gone) => gone.sku === sku);
}

/** The verdict on an article that was found, and can't be sold. */
export function withdrawn(article) {
  return verdict(() => t("verdict.withdrawn", { name: article.name || article.sku }));
}

function refuse(gone) {
  showVerdict(verdict(() => gone.map(({ sentence }) => said(sentence)).join(" ")));
}

function verdict(sentence) {
  return { tone: "bad", title: () => t("reason.article_withdrawn"), sentence, next: () => t("next.article_withdrawn") };
}
