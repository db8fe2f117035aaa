/** The wedge in this window: hears each key before anybody else does, wherever the focus is. */

import { isEditable } from "../base/dom.js";
import { MAX_GAP_MS } from "./find_code.js";
import { Wedge } from "./wedge.js";

/** So long nothing comes after a code that ends in no key. A busy PC hands keys on late. */
const SILENCE_MS = 600;
/** keyCode of a key that an input method has taken (UI Events, section 9.3.1). */
const PROCESS_KEY = 229;

/**
 * Hear scans in `target` (the window). `onScan(code, pieces)` gets each code, `onSteps(n)` pieces
 * more or less, `onText(text)` what stands in the scan field; `marks` are the Wedge's own. Returns
 * {clear(), takePieces()}.
 */
export function hearWedge(target, { onScan, onSteps, onText, ...marks }) {
  const wedge = new Wedge(marks);
  let held = null; // by a field, told by its id: a sheet may be drawn anew amid a scan
  let composes = false;
  let timer = 0;

  function keydown(event) {
    if (event.timeStamp - wedge.heardAt > MAX_GAP_MS) hush();
    const field = fieldOf(event.target);
    const before = field && snapshot(field);
    composes = event.isComposing || event.keyCode === PROCESS_KEY;
    const heard = wedge.press(pressOf(event, field, before));
    if (heard.began) held = before;
    settle(heard, event);
    listenOn();
  }

  function keyup(event) {
    settle(wedge.release({ key: event.key, code: event.code, at: event.timeStamp }), event);
    listenOn();
  }

  function listenOn() {
    clearTimeout(timer);
    if (wedge.waits) timer = setTimeout(hush, SILENCE_MS);
  }

  /** Nothing came for a while: not every scanner presses Enter. */
  function hush() {
    settle(wedge.hush(wedge.heardAt + MAX_GAP_MS), null);
  }

  function settle(heard, event) {
    if (heard.take) {
      event?.preventDefault();
      event?.stopImmediatePropagation();
    }
    if (heard.scan !== null) {
      const field = fieldOf(document.activeElement);
      if (field) giveBack(field, held, heard.kept, composes);
    }
    onText(wedge.text);
    if (heard.scan !== null) onScan(heard.scan, heard.pieces);
    if (heard.steps) onSteps(heard.steps);
  }

  target.addEventListener("keydown", keydown, { capture: true });
  target.addEventListener("keyup", keyup, { capture: true });
  return {
    clear() {
      wedge.clear();
      onText("");
    },
    takePieces() {
      const pieces = wedge.takePieces();
      if (pieces !== null) onText("");
      return pieces;
    },
  };
}

function fieldOf(element) {
  return isEditable(element) ? element : null;
}

function pressOf(event, field, before) {
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
    inField: field !== null,
    takes: field?.dataset.takes,
    held: before && before.value.slice(0, before.start ?? undefined) + (before.end === null ? "" : before.value.slice(before.end)),
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
