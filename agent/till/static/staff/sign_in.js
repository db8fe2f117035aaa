/** Signing in, and unlocking: number and PIN by touch or keyboard. */

import { NoAnswer, Refusal } from "../agent/api.js";
import { fill, h } from "../base/dom.js";
import { on } from "../base/bus.js";
import { language, LANGUAGES, said, t } from "../base/i18n.js";
import { place } from "../base/place.js";
import { act } from "../screen/act.js";
import { numberInput, numpad } from "../screen/numpad.js";
import { closeAll, closeSheet, isOpen, openSheet } from "../screen/sheet.js";
import { changeLanguage, lookUp, session, signIn, signOut, unlock, wasTaken } from "../agent/session.js";
import { refusalText } from "../screen/refusals.js";

const PEOPLE = "store-agent cashiers";
const MAX_PEOPLE = 3;

let training = false;
/** Fields whose PIN is being checked: a second Enter is no second try. */
const trying = new WeakSet();

/** Show the sheet that fits the session: sign in, unlock, or none. */
export function startSignIn() {
  on("session", follow);
  follow();
}

function follow() {
  document.body.classList.toggle("signed-out", session === null);
  if (session === null) {
    closeAll();
    closeSheet("unlock");
    if (!isOpen("sign-in")) openSheet({ name: "sign-in", title: () => t("sign_in.title"), content: signInForm, closable: false, wide: true });
  } else {
    training = false; // whoever comes next means it
    closeSheet("sign-in");
    if (session.locked && !isOpen("unlock")) {
      openSheet({ name: "unlock", title: () => t("unlock.title"), content: unlockForm, closable: false });
    } else if (!session.locked) closeSheet("unlock");
  }
}

function signInForm() {
  const number = numberInput({ id: "cashier", label: t("sign_in.cashier"), takes: "secret", maxlength: 32, autocomplete: "username" });
  const pin = pinInput("pin");
  const wrong = wrongLine("sign-in-wrong");
  const practise = h("input", { type: "checkbox", id: "training", checked: training, onchange: () => (training = practise.checked) });
  number.input.setAttribute("data-autofocus", "");
  const pad = h("div.pad-place", {}, numpad(number.input));
  number.input.addEventListener("focus", () => fill(pad, numpad(number.input)));
  pin.input.addEventListener("focus", () => fill(pad, numpad(pin.input)));
  const submit = async () => {
    if (!number.input.value) return number.input.focus();
    if (!pin.input.value) return pin.input.focus();
    await tryPin(wrong, pin.input, async () => remember(await signIn(number.input.value, pin.input.value, { training, language })));
  };
  return h(
    "form.sign-in",
    { onsubmit: (event) => (event.preventDefault(), submit()), novalidate: true },
    h(
      "div.who",
      {},
      h("p.store", {}, place.storeName || place.store, h("span", {}, t("sign_in.till", { till: place.till }))),
      people(number.input, pin.input),
      wasTaken && h("p.warning", { role: "status" }, t("sign_in.elsewhere")),
      number.row,
      pin.row,
      wrong,
      h("label.switch", { for: "training" }, practise, h("span", {}, t("sign_in.training"))),
      h("div.languages", { role: "group", "aria-label": t("language.label") }, LANGUAGES.map(languageButton)),
    ),
    h("div.pad-side", {}, pad, h("button.primary", { type: "submit", "data-focus": "submit" }, t("sign_in.submit"))),
  );
}

/** Who signed in here last, by name: a touch instead of a number. */
function people(number, pin) {
  const known = remembered();
  const choose = (cashier) => () => {
    number.value = cashier;
    pin.focus();
  };
  return known.length > 0 && h("div.people", { role: "group", "aria-label": t("sign_in.people") }, known.map(({ cashier, name }) => h("button.plain", { type: "button", "data-cashier": cashier, onclick: choose(cashier) }, name || cashier)));
}

function remember({ cashier, name }) {
  const others = remembered().filter((one) => one.cashier !== cashier);
  localStorage.setItem(PEOPLE, JSON.stringify([{ cashier, name }, ...others].slice(0, MAX_PEOPLE)));
}

function remembered() {
  return JSON.parse(localStorage.getItem(PEOPLE) ?? "[]");
}

function unlockForm() {
  const pin = pinInput("unlock-pin");
  pin.input.setAttribute("data-autofocus", "");
  const wrong = wrongLine("unlock-wrong");
  return h(
    "form.two-columns",
    { onsubmit: (event) => (event.preventDefault(), pin.input.value && tryPin(wrong, pin.input, () => unlock(pin.input.value))), novalidate: true },
    h("div", {}, h("p.about", {}, t("unlock.who", { name: session.name, cashier: session.cashier })), pin.row, wrong, h("button.plain", { type: "button", onclick: act(signOut) }, t("unlock.switch"))),
    h("div.pad-side", {}, numpad(pin.input), h("button.primary", { type: "submit" }, t("unlock.submit"))),
  );
}

/** A PIN field: digits are hidden, and never kept by the browser. */
export function pinInput(id) {
  return numberInput({ id, label: t("sign_in.pin"), takes: "secret", kind: "password", maxlength: 8, autocomplete: "off" });
}

/** The line below a PIN that says what was wrong with it. */
export function wrongLine(id) {
  return h("p.wrong", { id, role: "alert" });
}

/** Run `attempt`; show the agent's refusal in `line`, and begin the PIN anew. */
export async function tryPin(line, input, attempt) {
  if (trying.has(input)) return false;
  trying.add(input);
  line.textContent = "";
  try {
    await attempt();
    return true;
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof NoAnswer)) throw error;
    if (error.code === "session_ended") await lookUp();
    line.textContent = said(error.extra?.sentence) || refusalText(error);
    input.value = "";
    input.focus();
    return false;
  } finally {
    trying.delete(input);
  }
}

function languageButton(name) {
  return h(
    "button.plain",
    { type: "button", "aria-pressed": String(name === language), "data-focus": `language-${name}`, lang: name, onclick: () => changeLanguage(name) },
    name === "en" ? "English" : "中文",
  );
}
