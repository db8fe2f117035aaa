/** A POS on the client that openapi-typescript and openapi-fetch make: practises a sale, then sells. */

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { env: Record<string, string> };

const { AGENT, KEY, COUPON } = process.env;
const agent = createClient<paths>({ baseUrl: AGENT, headers: { Authorization: `Bearer ${KEY}` } });

const basket: components["schemas"]["Quote"] = {
  till: "T1",
  cashier: "1001",
  lines: [{ sku: "A001", unit_price_fen: 12000 }],
  coupons: [COUPON!],
};

async function sell(header: { "Store-Agent-Mode"?: "training" }) {
  const quoted = await agent.POST("/api/v1/quotes", { params: { header }, body: basket });
  if (!quoted.data) throw new Error(quoted.error.code);
  const sold = await agent.POST("/api/v1/sales", {
    params: { header: { ...header, "Idempotency-Key": crypto.randomUUID() } },
    body: { ...basket, tenders: [{ kind: "cash", amount_fen: quoted.data.payable_fen }] },
  });
  if (!sold.data?.recorded) throw new Error(sold.error?.code ?? sold.data?.coupons[0]?.sentence.en);
  console.log(sold.data.receipt, sold.data.payable_fen, sold.data.coupons[0]?.outcome);
}

await sell({ "Store-Agent-Mode": "training" });
await sell({});
