/** Money, times and numbers as people read them. Money is an integer of fen, never a fraction. */

import { language, t } from "./i18n.js";
import { place } from "./place.js";

/** 123456 → "1,234.56". */
export function yuan(fen) {
  const sign = fen < 0 ? "−" : "";
  const whole = Math.abs(fen);
  const cents = String(whole % 100).padStart(2, "0");
  const units = String((whole - (whole % 100)) / 100).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${sign}${units}.${cents}`;
}

/** 350 → "¥3.50". */
export function money(fen) {
  return fen < 0 ? `−¥${yuan(-fen)}` : `¥${yuan(fen)}`;
}

/** "12.5" → 1250, also as an input method types it; null for no amount, or more than the agent takes. */
export function fenOf(text) {
  const match = /^(\d{1,8})?(?:\.(\d{0,2}))?$/.exec(text.normalize("NFKC").replace("。", ".").trim());
  if (!match || (match[1] === undefined && !match[2])) return null;
  return Number(match[1] ?? 0) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
}

/** 1250 → "12.50", 1200 → "12", as one would type it. */
export function typed(fen) {
  const cents = fen % 100;
  return cents ? `${(fen - cents) / 100}.${String(cents).padStart(2, "0")}` : String(fen / 100);
}

/** The time of day of an instant by the store's clocks; with the date when it is not today's there. */
export function clock(at) {
  const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: place.zone };
  if (dayOf(at) !== dayOf(Date.now())) Object.assign(parts, { month: "2-digit", day: "2-digit" });
  return new Intl.DateTimeFormat(language, parts).format(at);
}

function dayOf(at) {
  return new Intl.DateTimeFormat("en", { dateStyle: "short", timeZone: place.zone }).format(at);
}

/** How long, roughly: 90000 → "2 min". */
export function span(ms) {
  const minutes = Math.max(0, Math.round(ms / 60000));
  if (minutes < 60) return t("time.minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return t("time.hours", { n: hours });
  return t("time.days", { n: Math.floor(hours / 24) });
}
