/** What the price book may ask of a customer: how they get the goods, and a passphrase (报暗号). */

import { h } from "../base/dom.js";
import { t } from "../base/i18n.js";
import { act } from "../screen/act.js";
import { openSheet } from "../screen/sheet.js";
import { change, content, priced } from "./basket.js";

const CHANNELS = ["store", "pickup", "dine_in", "take_away"];

/** The choices that this basket's promotions make a difference for; empty where the book asks for none. */
export function choices() {
  const asked = (why) => (priced.not_applied ?? []).some((one) => one.why === why);
  const channel = content.channel ?? "store";
  return [
    (asked("wrong_channel") || channel !== "store") && h("div.panel.channels", { role: "group", "aria-label": t("channel.label") }, CHANNELS.map(way)),
    asked("passphrase_required") && h("button.plain", { type: "button", "data-focus": "passphrase", onclick: openPassphrase }, t("passphrase.open")),
  ].filter(Boolean);
}

function way(channel) {
  const put = act(() => change((draft) => void (draft.channel = channel)));
  return h("button.plain", { type: "button", "data-focus": `channel-${channel}`, "aria-pressed": String(channel === (content.channel ?? "store")), onclick: put }, t(`channel.${channel}`));
}

function openPassphrase() {
  openSheet({ name: "passphrase", title: () => t("passphrase.open"), content: form });
}

function form(sheet) {
  const input = h("input.text", { id: "passphrase", type: "text", autocomplete: "off", maxLength: 64, "data-autofocus": "", "data-focus": "passphrase-input", "data-takes": "words" });
  const submit = act(async () => {
    const said = input.value.trim();
    if (!said) return input.focus();
    await change((draft) => void (draft.passphrases = [...(draft.passphrases ?? []), said]));
    sheet.close();
  });
  return h(
    "form.narrow",
    { onsubmit: (event) => (event.preventDefault(), submit()), novalidate: true },
    h("div.field", {}, h("label", { for: "passphrase" }, t("passphrase.said")), input),
    h("button.primary", { type: "submit" }, t("quantity.submit")),
  );
}
