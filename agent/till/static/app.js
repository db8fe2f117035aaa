/** The till page: starts its parts in order. What each does, it says itself. */

import { resume } from "./agent/writes.js";
import { inTurn, refresh, refreshNow, startBasket } from "./basket/basket.js";
import { holdOrRecall } from "./basket/hold.js";
import { startLines } from "./basket/lines.js";
import { openMembers } from "./basket/members.js";
import { openSearch } from "./basket/search.js";
import { startSide } from "./basket/side.js";
import { byId } from "./base/dom.js";
import { on } from "./base/bus.js";
import { speak, t } from "./base/i18n.js";
import { openPay, settled, startPay } from "./pay/pay.js";
import { startDone } from "./pay/done.js";
import { openReceipts, startReceipts } from "./receipts/receipts.js";
import { startScanField } from "./scan/field.js";
import { startScans } from "./scan/scans.js";
import { openHelp } from "./screen/help.js";
import { startKeys } from "./screen/keys.js";
import { notice, startNotices } from "./screen/notices.js";
import { showRefusal } from "./screen/refusals.js";
import { openSettings } from "./screen/settings.js";
import { hasSheet, startSheets } from "./screen/sheet.js";
import { startStatusBar } from "./screen/status_bar.js";
import { startVerdict } from "./screen/verdict.js";
import { startIdleLock } from "./session/idle.js";
import { startInUse } from "./session/in_use.js";
import { isAtWork, lookUp, session, startSession } from "./session/session.js";
import { startSignIn } from "./session/sign_in.js";
import { openShift, startShift } from "./shift/shift.js";

await speak(document.documentElement.lang);
startInUse(); // before the scanner takes its keys
startScanField();
startNotices();
startVerdict();
startSheets();
startSession();
startStatusBar();
startLines();
startSide();
startBasket();
startPay();
startDone();
startReceipts();
startShift();
startScans();
startIdleLock();
startKeys([
  { key: "F1", name: "help", run: openHelp },
  { key: "F2", name: "search", run: () => openSearch() },
  { key: "F3", name: "member", run: openMembers },
  { key: "F4", name: "hold", run: holdOrRecall },
  { key: "F7", name: "receipts", run: () => openReceipts() },
  { key: "F8", name: "shift", run: openShift },
  { key: "F9", name: "pay", run: openPay, shown: false },
  { key: "F10", name: "settings", run: openSettings },
]);
document.addEventListener("keydown", (event) => event.key === "?" && isAtWork() && !hasSheet() && openHelp());
on("session", watermark);
on("language", watermark);
on("writes", ({ waiting, code }) => notice("writes", waiting && code ? { tone: "warn", text: () => t("notice.retrying") } : null));

if (document.body.dataset.signedIn) await lookUp().catch(() => undefined);
startSignIn();
if (isAtWork()) await refresh();
for (const { kind, body, answer } of resume()) {
  inTurn(() => answer.then((value) => (kind === "sale" ? settled(body, value) : refreshNow()))).catch(showRefusal);
}
document.body.dataset.ready = "yes";

function watermark() {
  const mark = byId("watermark");
  mark.hidden = !session?.training;
  mark.dataset.text = t("training.watermark");
  document.body.classList.toggle("training", Boolean(session?.training));
}
