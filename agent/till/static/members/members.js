/** Finding a member: by the phone's last four digits, the whole number, or the member id. */

import { get } from "../agent/api.js";
import { fill, h } from "../base/dom.js";
import { t } from "../base/i18n.js";
import { act } from "../screen/act.js";
import { numberInput, numpad } from "../screen/numpad.js";
import { openSheet } from "../screen/sheet.js";
import { refusalText } from "../screen/refusals.js";

/** Four digits with which no mobile number begins (Chinese ones begin with 1): they are the last four. */
const LAST_FOUR = /^[02-9]\d{3}$/;
/** After so long without another digit they are looked up by themselves. */
const PAUSE_MS = 500;

/** Open the sheet that finds a member; `choose` is told whom, and waited for. */
export function openMembers(choose) {
  openSheet({ name: "members", title: () => t("member.find"), content: (sheet) => form(sheet, choose) });
}

function form(sheet, choose) {
  const number = numberInput({ id: "member-query", label: t("member.query"), takes: "member", maxlength: 24 });
  number.input.setAttribute("data-autofocus", "");
  const found = h("div.found", { "aria-live": "polite" });
  let asked = "";
  let timer = 0;
  const submit = async ({ byItself = false } = {}) => {
    clearTimeout(timer);
    const query = number.input.value.trim();
    if (!query) return;
    asked = query;
    try {
      const { members } = await get("/members", { query });
      if (asked !== number.input.value.trim()) return; // typed on meanwhile
      if (byItself && members.length === 1) return picking(sheet, members[0], choose)();
      fill(found, members.length ? h("ul.choices", {}, members.map((one) => choice(sheet, one, choose))) : h("p", {}, t("member.nobody")));
      if (!byItself) found.querySelector("button")?.focus();
    } catch (error) {
      fill(found, h("p.wrong", {}, error.code === "invalid_request" ? t("member.form") : refusalText(error)));
    }
  };
  number.input.addEventListener("input", () => {
    clearTimeout(timer);
    if (LAST_FOUR.test(number.input.value)) timer = setTimeout(() => sheet.element.isConnected && submit({ byItself: true }), PAUSE_MS);
  });
  return h(
    "form.two-columns",
    { onsubmit: (event) => (event.preventDefault(), submit()), novalidate: true },
    h("div", {}, number.row, h("p.quiet", {}, t("member.query_hint")), found),
    h("div.pad-side", {}, numpad(number.input), h("button.primary", { type: "submit" }, t("member.search"))),
  );
}

function picking(sheet, member, choose) {
  return act(async () => {
    sheet.close();
    await choose(member);
  });
}

function choice(sheet, member, choose) {
  return h("li", {}, h("button.choice", { type: "button", onclick: picking(sheet, member, choose) }, h("span.name", {}, member.phone_masked), h("span.tier", {}, member.tier), h("span.quiet", {}, t("member.points", { points: member.points }))));
}
