#!/usr/bin/env bash
# onscan.js 1.5.2: of a scanner in ALT mode it reads the numbers of the characters as digits of the
# code. Scanners type what has no key as Alt and its number on the keypad: GS, the separator of GS1
# codes, as Alt+029; many do so with each character. onScan looks at the keys and not at Alt, so
# that three digits come into the code that nobody scanned, and nothing tells it from a right one.
#
# Output:
#   onscan.js 1.5.2
#   10AB12 Alt+029 21C3 -> 10AB1202921C3
#   HQ1 in ALT mode -> 072081049
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts onscan.js@1.5.2 jsdom@22.1.0 >/dev/null
cat > scan.cjs <<'NODE'
const { JSDOM } = require("jsdom");
const { window } = new JSDOM("<body></body>");
Object.assign(global, { window, document: window.document, CustomEvent: window.CustomEvent });
const onScan = require("onscan.js");

const codes = [];
onScan.attachTo(document, { suffixKeyCodes: [13], minLength: 3, onScan: (code) => codes.push(code) });

function press(key, code, number, modifiers = {}) {
  const what = { key, code, keyCode: number, which: number, bubbles: true, ...modifiers };
  document.dispatchEvent(new window.KeyboardEvent("keydown", what));
}
function type(text) {
  for (const char of text) {
    if (/\d/.test(char)) press(char, `Digit${char}`, 48 + Number(char));
    else press(char, `Key${char}`, char.charCodeAt(0), { shiftKey: true });
  }
}
function typeByNumber(text) {
  for (const char of text) {
    press("Alt", "AltLeft", 18, { altKey: true });
    const digits = String(char.charCodeAt(0)).padStart(3, "0");
    for (const digit of digits) press(digit, `Numpad${digit}`, 96 + Number(digit), { altKey: true });
  }
}

type("10AB12");
typeByNumber("\x1d");
type("21C3");
press("Enter", "Enter", 13);
typeByNumber("HQ1");
press("Enter", "Enter", 13);
console.log("onscan.js", require("onscan.js/package.json").version);
console.log(`10AB12 Alt+029 21C3 -> ${codes[0]}`);
console.log(`HQ1 in ALT mode -> ${codes[1]}`);
process.exit(codes.join() === "10AB1202921C3,072081049" ? 0 : 1);
NODE
node scan.cjs
