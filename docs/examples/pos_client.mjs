// A POS in forty lines, Node 18 or newer: AGENT=127.0.0.1:8770 KEY=sk_… node pos_client.mjs COUPON
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

const { AGENT = "127.0.0.1:8770", KEY } = process.env;

/** Asks until there is an answer: with the same key a write happens once, however often sent. */
async function call(path, order, key) {
  const headers = { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" };
  if (key) headers["Idempotency-Key"] = key;
  const options = { method: order ? "POST" : "GET", headers, body: order && JSON.stringify(order) };
  for (const wait of [0.2, 0.5, 1, 2, 5, 10, 30]) {
    try {
      const signal = AbortSignal.timeout(10_000);
      const answer = await fetch(`http://${AGENT}/api/v1/${path}`, { ...options, signal });
      const told = await answer.json();
      if (answer.ok) return told;
      if (![429, 503, 507].includes(answer.status) && told.code !== "still_running") end(`${told.code}: ${told.detail}`);
      await pause(1000 * Number(answer.headers.get("Retry-After") ?? wait));
    } catch {
      await pause(1000 * wait); // no answer: it may be recorded or not, so the same again
    }
  }
  end("no answer: is the agent running? Send the same with the same key later.");
}

function end(why) {
  console.error(why);
  process.exit(1);
}

const coupon = process.argv[2], key = randomUUID(); // keep the key with the sale before you send it
console.log("scan:", (await call("scans", { code: coupon })).verdict.sentence.en);
const sale = { till: "T1", cashier: "1001", coupons: [coupon] };
sale.lines = [{ sku: "A001", quantity: 2, unit_price_fen: 6000 }];
sale.tenders = [{ kind: "cash", amount_fen: (await call("quotes", sale)).payable_fen }];
const sold = await call("sales", sale, key);
if (!sold.recorded) end("not sold: " + sold.coupons[0].sentence.en);
const { state } = await call("sales/" + sold.sale_id);
console.log("sold:", sold.receipt, sold.payable_fen, "fen,", state);
