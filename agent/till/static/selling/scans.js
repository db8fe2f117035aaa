/**
 * What happens to a scan: asked of the agent, put into the basket, told by the verdict. Scans wait
 * their turn here; none is lost while the agent is asked, away, or nobody is signed in.
 */

import { get, NoAnswer, Refusal, send } from "../agent/api.js";
import { on, tell } from "../base/bus.js";
import { t } from "../base/i18n.js";
import { place } from "../base/place.js";
import { changeNow, content, inTurn, marked, priced, setQuantity } from "./basket.js";
import { putInNow } from "./put_in.js";
import { isMeant } from "./quantity.js";
import { isInUse } from "../staff/in_use.js";
import { isAtWork } from "../agent/session.js";
import { act } from "../screen/act.js";
import { showRefusal } from "../screen/refusals.js";
import { isOpen } from "../screen/sheet.js";
import { showVerdict } from "../screen/verdict.js";
import { belongsInBasket, ofCoupon, ofMember, waiting } from "../coupons/verdicts.js";

const SAME_CODE_MS = 2500;
const AGAIN_MS = 700;
const MAX_LINE_UP = 200;
const MAX_SKU = 64;
/** The agent prices no more together. */
const MAX_COUPONS = 10;
const RECEIPT = /^[A-Z0-9]{2,8}-[A-Za-z0-9_-]{1,16}-\d{6,}$/;

/** agent/domain/staff/card.py */
const STAFF_CARD = /^STAFF[A-Z2-7]{26}$/i;

let otherwise = () => false;

/** Let `takes(code)` have each scan first; what it takes is for nothing else. */
export function scansGoTo(takes) {
  otherwise = takes;
}

const queue = [];
const NONE = { code: null, at: -Infinity, verdict: null, sold: false };
let lastCoupon = NONE;

/**
 * Take a code, from whatever scanner, of so many pieces (null: one). Pieces without a code are those
 * of the marked line.
 */
export function takeScan(code, pieces = null) {
  if (!code) return setMarked(pieces);
  if (otherwise(code)) return null;
  if (STAFF_CARD.test(code)) return isOpen("approval") ? tell("card scanned", code) : showVerdict({ tone: "warn", title: () => t("verdict.staff_card"), sentence: () => t("verdict.staff_card_hint") });
  if (queue.length >= MAX_LINE_UP) return showVerdict({ tone: "bad", title: () => t("verdict.too_many"), sentence: () => t("verdict.too_many_hint") });
  queue.push({ code, pieces });
  tell("scanned", code);
  inTurn(work);
}

/** Hear the till's own scanners, and go on when somebody is back at work; `takePieces` asks what was typed before. */
export function startScans({ takePieces }) {
  on("news scan", (scan) => isInUse() && takeScan(scan.code, takePieces()));
  on("session", () => queue.forEach(() => inTurn(work)));
  on("session", () => (lastCoupon = NONE));
  on("sold", () => (lastCoupon = { ...lastCoupon, sold: true }));
}

/** Handle the oldest scan. Each has its own turn, so that no tap after it comes before it. */
async function work() {
  if (queue.length && isAtWork()) await handle(queue[0]).finally(() => isAtWork() && queue.shift());
  if (queue.length && !isAtWork()) showVerdict(waiting(queue.length));
}

/** Set the pieces of the marked line. */
const setMarked = act(async (pieces) => {
  const at = marked();
  if (at < 0) return showVerdict({ tone: "warn", title: () => t("quantity.no_line"), sentence: () => t("quantity.no_line_hint") });
  if (await isMeant(pieces)) await setQuantity(at, pieces);
});

async function handle({ code, pieces }) {
  if (RECEIPT.test(code)) return tell("receipt scanned", code);
  if (isReadTwice(code)) return showVerdict({ ...lastCoupon.verdict, now: null });
  try {
    const answer = await ask(code);
    const typed = answer.kind === "other" ? await bySku(code) : null;
    if (typed) await putInNow({ article: typed, line: { sku: typed.sku } }, pieces);
    else if (answer.kind === "article") await putInNow(answer, pieces);
    else if (answer.kind === "member") await greet(answer.member);
    else if (answer.kind === "coupon") await present(code, answer.verdict);
    else showVerdict(ofCoupon(answer.verdict));
  } catch (error) {
    if (error.code === "session_locked" || error.code === "session_ended") return;
    showRefusal(error);
  }
}

/** Whether this is still the coupon of the sale just made, and none for the next customer. */
function isReadTwice(code) {
  return lastCoupon.sold && code === lastCoupon.code && performance.now() - lastCoupon.at < SAME_CODE_MS;
}

async function ask(code) {
  for (;;) {
    try {
      const order = { code, till: place.till, member_id: content.member_id };
      if (content.lines.length) order.lines = content.lines;
      return await send("POST", "/scans", order);
    } catch (error) {
      const open = error instanceof NoAnswer || (error instanceof Refusal && error.status === 503);
      if (!open) throw error;
      showVerdict({ tone: "warn", title: () => t("verdict.agent_away"), sentence: () => t("verdict.agent_away_hint") }, { quiet: true });
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

/** The article whose sku somebody typed by hand; null for none. */
async function bySku(code) {
  if (code.length > MAX_SKU) return null;
  const { articles } = await get("/articles", { query: code });
  return articles.find((article) => article.sku.toLowerCase() === code.toLowerCase()) ?? null;
}

async function greet(member) {
  await changeNow((draft) => void (draft.member_id = member.member_id));
  showVerdict(ofMember(member));
}

async function present(code, verdict) {
  const told = await withBasket(code, verdict);
  const shown = { ...ofCoupon(told), now: () => ofHeld(code) };
  if (told.outcome.startsWith("accepted")) lastCoupon = { code, at: performance.now(), verdict: shown, sold: false };
  showVerdict(belongsInBasket(told) ? shown : ofCoupon(told));
}

/** The verdict on a coupon as it stands in the basket; null when it lies there no more. */
function ofHeld(code) {
  const verdict = priced.coupons[content.coupons.indexOf(code)];
  return verdict ? ofCoupon(verdict) : null;
}

/** Put a coupon that is or may become good into the basket; return the verdict beside the others. */
async function withBasket(code, verdict) {
  if (!belongsInBasket(verdict)) return verdict;
  const isHeld = content.coupons.includes(code);
  if (!isHeld && content.coupons.length >= MAX_COUPONS) return { ...verdict, outcome: "refused", reason: "coupon_limit", sentence: null };
  await changeNow((draft) => void (draft.coupons.includes(code) || draft.coupons.push(code)));
  return priced.coupons[content.coupons.indexOf(code)] ?? verdict;
}
