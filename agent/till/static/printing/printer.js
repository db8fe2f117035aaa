/** The printer's queue: what waits, and what only people can tell whether it came out. */

import { get, NoAnswer, Refusal } from "../agent/api.js";
import { write } from "../agent/writes.js";
import { fill, h } from "../base/dom.js";
import { on } from "../base/bus.js";
import { clock } from "../base/format.js";
import { knows, t } from "../base/i18n.js";
import { act } from "../screen/act.js";
import { stateText } from "../screen/device_state.js";
import { refusalText } from "../screen/refusals.js";
import { isOpen, openSheet } from "../screen/sheet.js";

let area = null;

/** Open the printer's queue. */
export function openPrinter() {
  openSheet({ name: "printer", title: () => t("printer.title"), content });
}

on("news print", () => isOpen("printer") && show());
on("news devices", () => isOpen("printer") && show());
on("refused", () => isOpen("printer") && show());

function content() {
  area = h("div.found", {}, h("p.quiet", {}, t("list.loading")));
  show();
  return area;
}

async function show() {
  const into = area;
  try {
    const [queue, status] = await Promise.all([get("/prints"), get("/status")]);
    const printer = status.devices.find((device) => device.kind === "printer");
    if (into !== area) return;
    fill(
      into,
      h("p.about", {}, printer ? stateText(printer) : t("device.no_printer")),
      printer && mending(printer),
      queue.open.length === 0 && h("p", {}, t("printer.empty")),
      h("ul.choices", {}, queue.open.map(job)),
    );
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof NoAnswer)) throw error;
    if (into === area) fill(into, h("p.wrong", {}, refusalText(error)));
  }
}

/** What the cashier does about it; what the driver says is for store IT. */
function mending(printer) {
  if (printer.state === "connected") return null;
  const known = [printer.faults?.[0], printer.state].find((what) => knows(`mend.${what}`));
  const forIt = printer.faults?.length ? "" : printer.remedy;
  return [known && h("p", {}, t(`mend.${known}`)), forIt && h("p.quiet", {}, t("printer.for_it", { remedy: forIt }))];
}

function job(one) {
  const unsure = one.state === "unknown";
  return h(
    "li.job",
    {},
    h("p.name", {}, one.title, one.copy > 0 && ` · ${t("receipts.copies", { n: one.copy })}`),
    h("p.quiet", {}, `${clock(one.at)} · ${t(`paper.${one.state}`)}`),
    unsure && h("p.about", {}, t("printer.ask")),
    unsure && h("div.row", {}, h("button.primary", { type: "button", onclick: act(() => resolve(one, true)) }, t("printer.came_out")), h("button.plain", { type: "button", onclick: act(() => resolve(one, false)) }, t("printer.again"))),
  );
}

async function resolve(one, printed) {
  await write("resolution", "POST", `/prints/${one.job_id}/resolution`, { printed });
  await show();
}
