/** What is right and wrong with this PC, for a supervisor: in plain words, the worst first. */

import { get, NoAnswer, Refusal, send } from "../agent/api.js";
import { fill, h } from "../base/dom.js";
import { said, t } from "../base/i18n.js";
import { act } from "../screen/act.js";
import { refusalText } from "../screen/refusals.js";
import { isOpen, openSheet } from "../screen/sheet.js";

const NAME = "checkup";
const LOOK_MS = 500;
const TONES = { bad: "bad", warn: "warn", unknown: "plain", good: "good" };
const WORST_FIRST = Object.keys(TONES);

let area = null;
let report = null;

/** Open the checkup, and look anew. */
export async function openCheckup() {
  report = null;
  openSheet({ name: NAME, title: () => t("checkup.title"), wide: true, content });
  await begin();
}

function content() {
  area = h("div.checkup", { "aria-live": "polite" });
  draw();
  return area;
}

async function begin() {
  if (await take(() => send("POST", "/checkups", {}))) follow();
}

/** Ask how far it is until it has ended, or nobody looks any more. */
function follow() {
  setTimeout(async () => {
    if (isOpen(NAME) && report.running && (await take(() => get("/checkups/latest")))) follow();
  }, LOOK_MS);
}

async function take(ask) {
  try {
    report = await ask();
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof NoAnswer)) throw error;
    if (isOpen(NAME)) fill(area, h("p.wrong", {}, refusalText(error)), again());
    return false;
  }
  if (isOpen(NAME)) draw();
  return true;
}

function draw() {
  if (!report) return fill(area, h("p.quiet", {}, t("list.loading")));
  const findings = [...report.findings].sort((a, b) => rank(a) - rank(b));
  const bad = findings.filter((finding) => finding.result === "bad" || finding.result === "warn").length;
  return fill(
    area,
    report.running ? progress() : h("p.about", { role: "status" }, t(bad ? "checkup.some" : "checkup.none", { n: bad })),
    h("ul.findings", {}, findings.map(row)),
    !report.running && again(),
  );
}

function rank(finding) {
  return WORST_FIRST.indexOf(finding.result);
}

function progress() {
  const { done, of } = report;
  return h("div.progress", { role: "status" }, h("span", {}, t("checkup.running", { done, of })), h("progress", { max: Math.max(of, 1), value: done, "aria-label": t("checkup.title") }));
}

function row(finding) {
  return h(
    "li.finding",
    { "data-tone": TONES[finding.result], "data-check": finding.check, "data-code": finding.code },
    h("p.name", {}, h("strong", {}, said(finding.title)), h("span.quiet", {}, t(`checkup.${finding.result}`))),
    h("p", {}, said(finding.said)),
    finding.result !== "good" && finding.advice && h("p", {}, said(finding.advice)),
    finding.result !== "good" && forIt(finding),
  );
}

/** Figures and commands, folded up: they are for store IT. */
function forIt({ about, seen, mends }) {
  if (!about && !seen && !mends.length) return null;
  const commands = mends.map((mend) => mend.command).join("\n");
  return h("details", {}, h("summary", {}, t("checkup.for_it")), h("p.quiet", {}, [about, seen].filter(Boolean).join(" · ")), commands && h("pre", {}, commands));
}

function again() {
  return h("div.row", {}, h("button.plain", { type: "button", "data-focus": "checkup-again", onclick: act(begin) }, t("checkup.again")));
}
