/** The scan field: shows what comes from the keyboard, and takes what is typed by hand. */

import { byId, h } from "../base/dom.js";
import { on } from "../base/bus.js";
import { t } from "../base/i18n.js";
import { place } from "../base/place.js";
import { act } from "../screen/act.js";
import { openSearch } from "./search.js";
import { hearWedge } from "../scan/listener.js";
import { splitPieces } from "../scan/pieces.js";
import { stepMarked } from "./lines.js";
import { takeScan } from "./scans.js";

/**
 * Put the field above the basket and hear the keyboard. The field is not typed into by itself: keys
 * are heard wherever the focus is. A tap makes it a common input, for an on-screen keyboard. Returns
 * {takePieces()}: how many pieces were asked for (`3*`) of what comes from elsewhere.
 */
export function startScanField() {
  const input = h("input.scan", { id: "scan-field", type: "text", autocomplete: "off", maxLength: 1024, readOnly: true, "aria-describedby": "scan-hint" });
  const label = h("label.unseen", { for: "scan-field" });
  const hint = h("span.unseen", { id: "scan-hint" });
  const search = h("button.plain", { type: "button", "data-focus": "search", onclick: () => openSearch() });
  byId("basket").append(h("form.scan-row", { onsubmit: submit, novalidate: true }, label, hint, input, search));

  const wedge = hearWedge(window, {
    prefix: place.scanPrefix,
    suffix: place.scanSuffix,
    endsByPause: place.scanEndsByPause,
    onScan: takeScan,
    onSteps: stepMarked,
    onText: (text) => input.readOnly && (input.value = text),
  });
  input.addEventListener("pointerdown", () => (input.readOnly = false));
  input.addEventListener("blur", () => {
    input.readOnly = true;
    if (!input.value) wedge.clear();
  });

  function submit(event) {
    event.preventDefault();
    const code = input.value.trim();
    input.value = "";
    const asked = splitPieces(code);
    if (code) act(() => (asked ? takeScan(asked.code, asked.pieces) : takeScan(code)))();
  }

  function words() {
    label.textContent = t("scan.label");
    hint.textContent = t("scan.hint");
    input.placeholder = t("scan.placeholder");
    search.textContent = t("search.open");
  }
  on("language", words);
  words();
  return wedge;
}
