/** The wedge in this window: hears each key before anybody else does, wherever the focus is. */

import { isEditable } from "../base/dom.js";
import { Wedge } from "./wedge.js";

/**
 * Hear scans in `target` (the window). `onScan(code)` gets each code, `onText(text)` what stands in
 * the scan field. Returns {clear()}.
 */
export function hearWedge(target, { prefix, suffix, onScan, onText }) {
  const wedge = new Wedge({ prefix, suffix });
  let held = null; // by a field, told by its id: a sheet may be drawn anew amid a scan

  function keydown(event) {
    const field = isEditable(event.target) ? event.target : null;
    const before = field && snapshot(field);
    const heard = wedge.press(pressOf(event, field !== null));
    if (heard.began) held = before;
    if (heard.take) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    onText(wedge.text);
    if (heard.scan === null) return;
    if (field) giveBack(field, held, heard.kept, event.isComposing || event.keyCode === 229);
    onScan(heard.scan);
  }

  target.addEventListener("keydown", keydown, { capture: true });
  return {
    clear() {
      wedge.clear();
      onText("");
    },
  };
}

function pressOf(event, inField) {
  return {
    key: event.key,
    code: event.code,
    shift: event.shiftKey,
    ctrl: event.ctrlKey,
    alt: event.altKey,
    meta: event.metaKey,
    altGraph: event.getModifierState?.("AltGraph") ?? false,
    repeat: event.repeat,
    at: event.timeStamp,
    inField,
  };
}

function snapshot(field) {
  return { id: field.id, value: field.value, start: field.selectionStart, end: field.selectionEnd };
}

/** Let the field hold what it held before the scan, with what a person typed just before it. */
function giveBack(field, before, kept, isComposing) {
  if (before?.id !== field.id) return;
  const { value, start, end } = before;
  const put = () => {
    field.value = kept ? value.slice(0, start ?? undefined) + kept + value.slice(end ?? undefined) : value;
    if (start !== null) field.setSelectionRange(start + kept.length, kept ? start + kept.length : end);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  if (isComposing) {
    field.blur(); // ends the composition, whose text would come in after us
    setTimeout(() => {
      put();
      field.focus();
    });
  } else {
    put();
  }
}
