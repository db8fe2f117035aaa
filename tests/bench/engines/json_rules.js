// json-rules-engine (npm): conditions of the same book on the same baskets; it spreads nothing.
const { Engine } = require("json-rules-engine");
const data = JSON.parse(require("fs").readFileSync(0, "utf8"));
const engine = new Engine([], { allowUndefinedFacts: true });
for (const rule of data.rules) {
    engine.addRule({
        conditions: {
            all: [
                { fact: "channel", operator: "in", value: rule.channels },
                { fact: "sum", params: { skus: rule.skus }, operator: "greaterThanInclusive", value: rule.min_fen },
            ],
        },
        event: { type: rule.id, params: { off: rule.off } },
    });
}
engine.addFact("sum", async ({ skus }, almanac) => {
    const lines = await almanac.factValue("lines");
    const held = new Set(skus);
    return lines.reduce((sum, line) => sum + (skus.length === 0 || held.has(line.sku) ? line.fen * line.pieces : 0), 0);
});
(async () => {
    await engine.run({ channel: "store", lines: data.baskets[0] });
    const before = process.cpuUsage();
    for (const lines of data.baskets) await engine.run({ channel: "store", lines });
    const { user, system } = process.cpuUsage(before);
    console.log(data.baskets.length / ((user + system) / 1e6));
})();
