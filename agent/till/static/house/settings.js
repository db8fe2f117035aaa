/** Settings of this screen: language, sounds; and signing out. */

import { write } from "../agent/writes.js";
import { h } from "../base/dom.js";
import { language, LANGUAGES, t } from "../base/i18n.js";
import { changeLanguage, lock, session } from "../agent/session.js";
import { leave } from "../cash/leave.js";
import { place } from "../base/place.js";
import { act } from "../screen/act.js";
import { openSheet } from "../screen/sheet.js";
import { openCheckup } from "./checkup.js";
import { toast } from "../screen/notices.js";
import { play, setVolume, volume } from "../screen/sound.js";

const TONES = ["good", "risk", "warn", "bad"];

/** Open the settings. */
export function openSettings() {
  openSheet({ name: "settings", title: () => t("settings.title"), content: form });
}

async function printPractice() {
  await write("print", "POST", "/practice-prints", { till: place.till, cashier: session.cashier });
  toast("practice", { tone: "plain", text: () => t("settings.practice_printing") });
}

function form(sheet) {
  const level = h("input", { id: "volume", type: "range", min: "0", max: "10", step: "1", "data-focus": "volume" });
  level.value = String(volume());
  level.addEventListener("change", () => {
    setVolume(Number(level.value));
    play("good");
  });
  return h(
    "div.settings",
    {},
    h("p.about", {}, t("settings.who", { name: session.name, cashier: session.cashier, role: t(`role.${session.role}`) })),
    h("div.languages", { role: "group", "aria-label": t("language.label") }, LANGUAGES.map((name) => h("button.plain", { type: "button", lang: name, "aria-pressed": String(name === language), "data-focus": `language-${name}`, onclick: act(() => changeLanguage(name)) }, name === "en" ? "English" : "中文"))),
    h("div.field", {}, h("label", { for: "volume" }, t("settings.volume")), level),
    h("div.sounds", { role: "group", "aria-label": t("settings.sounds") }, TONES.map((tone) => h("button.plain", { type: "button", onclick: () => play(tone) }, t(`sound.${tone}`)))),
    ["supervisor", "it"].includes(session.role) && h("div.row", {}, h("button.plain", { type: "button", "data-focus": "checkup", onclick: act(openCheckup) }, t("settings.checkup"))),
    h("div.row", {}, h("button.plain", { type: "button", "data-focus": "customer", onclick: () => window.open("/customer", "customer", "popup,width=1024,height=768") }, t("settings.customer")), session.training && h("button.plain", { type: "button", "data-focus": "practice", onclick: act(printPractice) }, t("settings.practice"))),
    h("div.row", {}, h("button.plain", { type: "button", onclick: act(async () => (sheet.close(), lock())) }, t("keys.lock")), h("button.plain", { type: "button", "data-focus": "leave", onclick: act(leave) }, t("settings.leave"))),
  );
}
