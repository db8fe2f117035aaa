// Reads ESC/POS from standard input; writes what npos makes of it as JSON: [command, hex or text].

const { rules, parser } = require("npos");
const iconv = require("iconv-lite");

const GS = 0x1d;
rules[GS]["(k"] = [0, "d16"]; // npos knows the whole family GS ( but this member

const raw = require("node:fs").readFileSync(0);
const { error, tree } = parser(rules).analyze(raw);
if (error) throw error;

const TEXT = "STX";
const decoded = tree.map((node) => {
  const bytes = raw.subarray(node.offset, node.offset + node.length);
  return node.ascii === TEXT
    ? ["text", iconv.decode(bytes, "gb18030")]
    : [`${node.ascii} ${node.fn}`, bytes.toString("hex")];
});
process.stdout.write(JSON.stringify(decoded));
