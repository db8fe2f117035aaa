/** The window towards the customer: hears what it shows from the agent, and nobody signs in. */

import { byId, fill, h } from "./base/dom.js";
import { on } from "./base/bus.js";
import { language, LANGUAGES, speak, t } from "./base/i18n.js";
import { place } from "./base/place.js";
import { screenOf } from "./house/customer_screen.js";

const KEPT = "store-agent customer";
/** The change and the receipt's code stay so long, unless the next customer's goods come before. */
const PAID_MS = 90000;

let view = paidBefore() ?? { state: "welcome" };
let isAway = false;
let timer = 0;

await speak(document.documentElement.lang, { remembered: false });
on("language", draw);
show(view);
const events = new EventSource("/customer/events");
events.addEventListener("message", ({ data }) => {
  isAway = false;
  take(JSON.parse(data));
});
events.addEventListener("error", () => {
  isAway = true;
  draw();
});
document.body.dataset.ready = "yes";

/** A basket that was sold is emptied, too: that is no reason to take the change away. */
function take(found) {
  if (found.state === "welcome" && view.state === "paid") return draw();
  if (found.state === "paid") sessionStorage.setItem(KEPT, JSON.stringify({ ...found, until: Date.now() + PAID_MS }));
  else sessionStorage.removeItem(KEPT);
  show(found);
}

function show(found) {
  view = found;
  clearTimeout(timer);
  if (view.state === "paid") timer = setTimeout(() => show({ state: "welcome" }), PAID_MS);
  draw();
}

function paidBefore() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  return kept && kept.until > Date.now() ? kept : null;
}

function draw() {
  document.body.dataset.state = view.state;
  fill(byId("house"), h("strong", {}, place.storeName || place.store), isAway && h("span.away", { role: "status" }, t("customer.away")), languageButton());
  fill(byId("view"), screenOf(view));
  byId("view").querySelector("li:last-child")?.scrollIntoView({ block: "nearest" });
}

function languageButton() {
  const other = LANGUAGES.find((name) => name !== language);
  return h("button.plain", { type: "button", lang: other, "data-focus": "language", onclick: () => speak(other, { remembered: false }) }, other === "en" ? "English" : "中文");
}
