/** Putting an article into the basket, however it was found: scanned, typed, searched or touched. */

import { money } from "../base/format.js";
import { t } from "../base/i18n.js";
import { ofArticle } from "../coupons/verdicts.js";
import { showVerdict } from "../screen/verdict.js";
import { askSupervisor } from "../staff/approval.js";
import { adding, changeNow, inTurn, priced, touched } from "./basket.js";
import { withdrawn } from "./out_of_sale.js";
import { isMeant } from "./quantity.js";
import { weighedLine } from "./weigh.js";

/** Put so many pieces of it in (null: as the line says), in its turn. */
export function putIn(found, pieces = null) {
  return inTurn(() => putInNow(found, pieces));
}

/** The same, for work that has its turn already. What is weighed is one piece. */
export async function putInNow({ article, line }, pieces) {
  if (article.withdrawn) return showVerdict(withdrawn(article));
  const weighed = await weighedLine(article, line);
  if (!weighed || (pieces !== null && !(await isMeant(pieces)))) return;
  if (!(await add(article, pieces === null || weighed.weight_g ? weighed : { ...weighed, quantity: pieces }))) return;
  showVerdict({ ...told(article), now: () => told(article) });
}

/** The verdict on an article in the basket, at the price of its line: by its weight, or its label. */
function told(article) {
  const line = [priced.lines[touched], ...priced.lines].find((one) => one?.sku === article.sku);
  return line ? ofArticle({ ...article, price_fen: line.unit_price_fen }, priced) : null;
}

/** Put a line in. A supervisor stands for the weight or price that a maker's code gives it. */
async function add(article, line) {
  try {
    return await changeNow(adding(line));
  } catch (error) {
    if (error.code !== "price_not_own") throw error;
  }
  const gaps = { name: article.name || article.sku, money: money(line.unit_price_fen ?? article.price_fen) };
  const by = await askSupervisor(() => t("approval.price", gaps), () => [[gaps.name, gaps.money]]);
  if (by) return changeNow(adding(line), { approved: by });
  showVerdict({ tone: "warn", title: () => t("verdict.price_not_approved"), sentence: () => t("verdict.price_not_approved_hint", gaps) });
  return null;
}
