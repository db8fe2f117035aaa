/** The page's words: one file for each language, switched without reloading. */

import { place } from "./place.js";
import { tell } from "./bus.js";

export const LANGUAGES = ["zh-CN", "en"];
const COOKIE_DAYS = 365;

let texts = {};

/** The language that is spoken now. */
export let language = LANGUAGES[0];

/** Return the text of `key` with the {gaps} filled. */
export function t(key, values = {}) {
  const text = texts[key];
  if (text === undefined) {
    console.error(`no text for ${key}`);
    return key;
  }
  return text.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);
}

/** Return the sentence that the agent gave in both languages. */
export function said(sentence) {
  return sentence?.[language] ?? sentence?.en ?? "";
}

/** Whether there is a text of `key`: codes of the agent may be newer than the page. */
export function knows(key) {
  return key in texts;
}

/** Speak `wanted` from now on; `remembered`: this PC's page speaks it next time, too. */
export async function speak(wanted, { remembered = true } = {}) {
  const chosen = LANGUAGES.includes(wanted) ? wanted : LANGUAGES[0];
  const answer = await fetch(`${place.assets}/locales/${chosen}.json`);
  texts = await answer.json();
  language = chosen;
  document.documentElement.lang = chosen;
  if (remembered) document.cookie = `store_language=${chosen}; Path=/; SameSite=Strict; Max-Age=${COOKIE_DAYS * 86400}`;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
  if (remembered) document.title = `${t("page.title")} ${place.store}-${place.till}`;
  tell("language", chosen);
}
