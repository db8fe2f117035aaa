/** Building and finding elements, without markup in strings: nothing that is scanned becomes HTML. */

/** Make an element: h("button.primary", {onclick, "aria-label": "…"}, "text", child). */
export function h(kind, attributes = {}, ...children) {
  const [tag, ...classes] = kind.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) set(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** The element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Put `children` into `parent` in place of what was there; the focus stays on the same `data-focus`.
 * When what had it is gone, it goes where Enter does no harm: into the sheet, or the scan field.
 */
export function fill(parent, ...children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  parent.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  if (focused && !focused.isConnected) {
    const same = focused.dataset.focus && parent.querySelector(`[data-focus="${CSS.escape(focused.dataset.focus)}"]`);
    const sheet = parent.closest(".sheet");
    (same || sheet?.querySelector("[data-autofocus]") || sheet || byId("scan-field"))?.focus();
  }
  return parent;
}

/** Whether the element takes typed text. */
export function isEditable(element) {
  if (!element) return false;
  if (element.tagName === "TEXTAREA" || element.isContentEditable) return true;
  const typed = ["text", "search", "tel", "password", "number"];
  return element.tagName === "INPUT" && typed.includes(element.type) && !element.readOnly;
}

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name in element && typeof value !== "string") element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}
