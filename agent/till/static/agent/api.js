/** The local API: one request, one answer. What may be repeated safely is writes.js' to know. */

import { tell } from "../base/bus.js";

const BASE = "/api/v1";
const SESSION_CODES = ["session_ended", "session_locked", "api_key_missing"];
const TIMEOUT_MS = 20000;

/** The agent refused: `code` is stable, `status` is HTTP's. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.code);
    this.status = status;
    this.code = problem.code;
    this.extra = problem.extra ?? {};
  }
}

/** No answer came: the agent is away, or starting anew. */
export class NoAnswer extends Error {}

/** Ask for something. */
export function get(path, query = {}) {
  const text = new URLSearchParams(query).toString();
  return request("GET", text ? `${path}?${text}` : path);
}

/** Send something that may be sent twice without harm. */
export function send(method, path, body) {
  return request(method, path, { body });
}

/** Send a write under its Idempotency-Key. */
export function sendOnce(method, path, body, key) {
  return request(method, path, { body, key });
}

/** Whether a sale can be recorded, which nobody has to be signed in for; null when no answer came. */
export async function health() {
  try {
    return await (await fetch("/healthz", { signal: AbortSignal.timeout(TIMEOUT_MS), cache: "no-store" })).json();
  } catch {
    return null;
  }
}

async function request(method, path, { body, key } = {}) {
  const headers = ["GET", "DELETE"].includes(method) ? {} : { "Content-Type": "application/json" };
  if (key !== undefined) headers["Idempotency-Key"] = key;
  const answer = await answered(BASE + path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
    cache: "no-store",
  });
  if (answer.ok) return answer.value;
  const refusal = new Refusal(answer.status, answer.value);
  if (refusal.status === 401 && SESSION_CODES.includes(refusal.code)) tell("session lost", refusal.code);
  throw refusal;
}

async function answered(address, options) {
  try {
    const response = await fetch(address, options);
    return { ok: response.ok, status: response.status, value: await response.json() };
  } catch (error) {
    tell("agent away");
    throw new NoAnswer(String(error));
  }
}
