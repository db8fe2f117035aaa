/** The till page: starts its parts in order. What each does, it says itself. */

import { resume } from "./agent/writes.js";
import { clear, inTurn, refresh, refreshNow, startBasket } from "./selling/basket.js";
import { holdOrRecall } from "./selling/hold.js";
import { startLines } from "./selling/lines.js";
import { startBasketNotice } from "./selling/basket_notice.js";
import { openSearch } from "./selling/search.js";
import { findMember, startSide } from "./selling/side.js";
import { byId } from "./base/dom.js";
import { on } from "./base/bus.js";
import { speak, t } from "./base/i18n.js";
import { startOutOfSale } from "./selling/out_of_sale.js";
import { openPay, settled, startPay } from "./selling/pay.js";
import { showDoneAgain, startDone } from "./selling/done.js";
import { openReceipts, startReceipts } from "./refunds/receipts.js";
import { startScanField } from "./selling/field.js";
import { startScans } from "./selling/scans.js";
import { startTiles } from "./selling/tiles.js";
import { openHelp } from "./house/help.js";
import { startFirstSteps } from "./house/first_steps.js";
import { startKeys } from "./house/keys.js";
import { notice, startNotices } from "./screen/notices.js";
import { showRefusal } from "./screen/refusals.js";
import { openSettings } from "./house/settings.js";
import { hasSheet, startSheets } from "./screen/sheet.js";
import { startRecordingNotice } from "./house/recording_notice.js";
import { startStatusBar } from "./house/status_bar.js";
import { startVerdict } from "./screen/verdict.js";
import { startIdleLock } from "./staff/idle.js";
import { startInUse } from "./staff/in_use.js";
import { isAtWork, lookUp, session, startSession } from "./agent/session.js";
import { startSignIn } from "./staff/sign_in.js";
import { openShift, startShift } from "./cash/shift.js";

await speak(document.documentElement.lang);
startInUse(); // before the scanner takes its keys
const field = startScanField();
startNotices();
startVerdict();
startSheets();
startSession();
startStatusBar();
startLines();
startSide();
startBasket();
startBasketNotice();
startPay();
startOutOfSale();
startDone();
startReceipts();
startShift();
startScans(field);
startTiles(field);
startFirstSteps();
startIdleLock();
startKeys([
  { key: "F1", name: "help", run: openHelp },
  { key: "F2", name: "search", run: () => openSearch() },
  { key: "F3", name: "member", run: findMember },
  { key: "F4", name: "hold", run: holdOrRecall },
  { key: "F6", name: "clear", run: clear },
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
startRecordingNotice();
if (isAtWork()) {
  await refresh();
  showDoneAgain();
}
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
