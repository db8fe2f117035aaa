/**
 * Sheets: dialogs over the work area. Status and verdict stay in sight above them, and scans are
 * heard below them. The newest lies on top; what is under it can't be reached.
 */

import { byId, fill, h } from "../base/dom.js";
import { on } from "../base/bus.js";
import { t } from "../base/i18n.js";

const open = [];

/**
 * Open a sheet: `title()` and `content(sheet)` are drawn again in another language or by
 * `sheet.draw()`. `closable: false` is for what has to be answered. Opening the same `name` again
 * replaces it. Returns {name, draw, close}.
 */
export function openSheet({ name, title, content, closable = true, wide = false, onClose }) {
  open.find((other) => other.name === name)?.close();
  const titleId = `sheet-${name}`;
  const element = h(`section.sheet${wide ? ".wide" : ""}`, { role: "dialog", tabindex: "-1", "aria-modal": "true", "aria-labelledby": titleId });
  const sheet = { name, element, closable, before: document.activeElement, draw, close };

  function draw() {
    fill(
      element,
      h("div.head", {}, h("h2", { id: titleId }, title()), closable && closeButton(sheet)),
      h("div.content", {}, content(sheet)),
    );
  }

  function close() {
    const at = open.indexOf(sheet);
    if (at < 0) return;
    open.splice(at, 1);
    element.remove();
    arrange();
    if (sheet.before?.isConnected) sheet.before.focus();
    onClose?.();
  }

  // What was wrong is being mended.
  element.addEventListener("input", () => element.querySelectorAll(".wrong[role=alert]").forEach((line) => (line.textContent = "")));
  open.push(sheet);
  byId("sheets").append(element);
  draw();
  arrange();
  window.scrollTo(0, 0); // on a phone, where the whole page scrolls
  focusFirst(element);
  return sheet;
}

/** Whether any sheet is open. */
export function hasSheet() {
  return open.length > 0;
}

/** Whether this sheet is open. */
export function isOpen(name) {
  return open.some((sheet) => sheet.name === name);
}

/** Close the sheet of this name, if it is open. */
export function closeSheet(name) {
  open.find((sheet) => sheet.name === name)?.close();
}

/** Close all sheets. */
export function closeAll() {
  for (const sheet of [...open]) sheet.close();
}

/** Draw sheets again in another language; close the topmost by Escape. */
export function startSheets() {
  on("language", () => open.forEach((sheet) => sheet.draw()));
  window.addEventListener("keydown", (event) => {
    const top = open.at(-1);
    if (event.key === "Escape" && top?.closable && !event.defaultPrevented) {
      event.preventDefault();
      top.close();
    }
  });
}

/** Put the focus on what is marked `data-autofocus`, else on the first that takes it. */
export function focusFirst(element) {
  const first =
    element.querySelector("[data-autofocus]") ??
    element.querySelector(".content input:not([type=hidden]), .content button, .content select") ??
    element.querySelector("button");
  first?.focus();
  first?.select?.();
}

function closeButton(sheet) {
  return h("button.close", { type: "button", onclick: sheet.close, "aria-label": t("sheet.close"), "data-focus": "close" }, "✕");
}

function arrange() {
  const any = open.length > 0;
  byId("work").inert = any;
  byId("keys").inert = any;
  byId("sheets").classList.toggle("open", any);
  open.forEach(({ element }, i) => {
    element.inert = i < open.length - 1;
    element.classList.toggle("under", element.inert);
  });
}
