/** The report of a shift: X while it runs, Z when it is closed. */

import { write } from "../agent/writes.js";
import { h } from "../base/dom.js";
import { clock, money } from "../base/format.js";
import { knows, said, t } from "../base/i18n.js";
import { place } from "../base/place.js";
import { act } from "../screen/act.js";
import { openSheet } from "../screen/sheet.js";
import { toast } from "../screen/notices.js";
import { askSupervisor } from "../staff/approval.js";
import { session } from "../agent/session.js";

/** Show a report. */
export function showReport(report) {
  const kind = report.closed_at === null ? "x" : "z";
  openSheet({ name: "report", title: () => t(`report.${kind}`, { no: report.z_no }), content: () => page(report), wide: true });
}

function page(report) {
  return h(
    "div.report",
    {},
    h("p.quiet", {}, t("report.about", { till: report.till, from: clock(report.opened_at), to: report.closed_at ? clock(report.closed_at) : t("report.now"), cashier: report.opened_by })),
    h(
      "div.report-columns",
      {},
      table(t("report.sales"), [
        [t("report.sales_count"), report.sales_count],
        [t("report.sales_sum"), money(report.sales_fen)],
        [t("report.discount"), money(report.discount_fen)],
        report.by_hand_count && [t("report.by_hand", { n: report.by_hand_count }), money(report.by_hand_fen)],
        report.rounding_fen && [t("report.rounding"), money(report.rounding_fen)],
        [t("report.refunds", { n: report.refunds_count }), money(-report.refunds_fen)],
        [t("report.coupons"), report.coupons_count],
        [t("report.at_risk"), report.at_risk_count],
        [t("report.points"), report.points_earned],
        [t("report.drawer"), report.drawer_openings],
      ].filter(Boolean)),
      h("div", {}, table(t("report.tenders"), report.tenders.map((one) => [nameOf(one.kind), `${money(one.in_fen)}${one.out_fen ? ` ${money(-one.out_fen)}` : ""}`])), table(t("report.cash"), cash(report))),
    ),
    report.cashiers.length > 1 && table(t("report.cashiers"), report.cashiers.map((one) => [one.cashier, money(one.sales_fen)])),
    h("button.plain", { type: "button", "data-focus": "print-report", onclick: act(() => print(report)) }, t("report.print")),
  );
}

function cash(report) {
  const rows = [
    [t("report.float"), money(report.float_fen)],
    [t("report.cash_in"), money(report.cash_in_fen)],
    [t("report.cash_out"), money(-report.cash_out_fen)],
    [t("report.expected"), money(report.expected_cash_fen)],
  ];
  if (report.counted_fen === null) return rows;
  return [...rows, [t("report.counted"), money(report.counted_fen)], [t("report.difference"), money(report.difference_fen), report.difference_fen === 0 ? "good" : "warn"]];
}

function table(caption, rows) {
  return h("table", {}, h("caption", {}, caption), h("tbody", {}, rows.map(([name, value, tone]) => h("tr", { "data-tone": tone }, h("th", { scope: "row" }, name), h("td", {}, String(value))))));
}

function nameOf(kind) {
  return knows(`tender.${kind}`) ? t(`tender.${kind}`) : kind;
}

async function print(report) {
  const ask = () => write("print", "POST", `/shifts/${report.shift_id}/report/prints`, { till: place.till, cashier: session.cashier });
  let answer = await ask();
  if (answer.outcome === "needs_supervisor") {
    if (!(await askSupervisor(() => said(answer.sentence)))) return;
    answer = await ask();
  }
  if (!answer.print_job) return;
  toast("printing", { tone: "plain", text: () => t("report.printing") });
}
