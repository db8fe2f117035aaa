/**
 * What a key means: as the layout has it (`byKey`) and as a US keyboard would (`byCode`).
 *
 * A scanner types as if on a US keyboard, whatever layout, input method or Caps Lock is on: the
 * physical key and Shift tell what it meant. Pure; knows no document.
 */

const ROWS = {
  Digit1: "1!", Digit2: "2@", Digit3: "3#", Digit4: "4$", Digit5: "5%",
  Digit6: "6^", Digit7: "7&", Digit8: "8*", Digit9: "9(", Digit0: "0)",
  Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|",
  Semicolon: ";:", Quote: "'\"", Backquote: "`~", Comma: ",<", Period: ".>", Slash: "/?",
  Space: "  ", NumpadAdd: "++", NumpadSubtract: "--", NumpadMultiply: "**",
  NumpadDivide: "//", NumpadDecimal: "..",
};

export const GROUP_SEPARATOR = "\u001d";
const ENTER = ["Enter", "NumpadEnter"];
const CONTROL_ENDS = ["KeyJ", "KeyM"];

/** Whether the key ends a code: Enter, or the line end that some scanners send as Ctrl+J, Ctrl+M. */
export function isEnter(press) {
  if (press.ctrl) return CONTROL_ENDS.includes(press.code);
  return press.key === "Enter" || ENTER.includes(press.code);
}

/** Whether the key is Tab. */
export function isTab(press) {
  return press.key === "Tab" || press.code === "Tab";
}

/** The characters of a key: {byKey, byCode}, null where not known; null for a key that types none. */
export function characters(press) {
  if (press.ctrl && press.code === "BracketRight") {
    return { byKey: GROUP_SEPARATOR, byCode: GROUP_SEPARATOR };
  }
  if ((press.ctrl || press.alt || press.meta) && !press.altGraph) return null;
  const byKey = [...(press.key ?? "")].length === 1 ? press.key : null;
  const byCode = onUsKeyboard(press.code ?? "", press.shift);
  return byKey === null && byCode === null ? null : { byKey, byCode };
}

function onUsKeyboard(code, shift) {
  const letter = /^Key([A-Z])$/.exec(code);
  if (letter) return shift ? letter[1] : letter[1].toLowerCase();
  const digit = /^Numpad(\d)$/.exec(code);
  if (digit) return digit[1];
  return ROWS[code]?.[shift ? 1 : 0] ?? null;
}
