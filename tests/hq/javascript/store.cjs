// A store in JavaScript: signs its requests and verifies head office's answers by http-message-signatures.
// Reads {url, installId, epoch, key, answerKey, answerKid, requests: [{method, path, body}], theirs}
// from standard input; writes [{status, code, proven}] of the answers, and whether it verifies `theirs`,
// a request that the agent's own client has signed: {answers, theirs}.

const crypto = require("node:crypto");
const { createSigner, createVerifier, httpbis } = require("http-message-signatures");

const told = JSON.parse(require("node:fs").readFileSync(0, "utf-8"));
const fields = ["@method", "@authority", "@path", "@query"];
const headers = ["content-digest", "store-install", "store-epoch"];
const privateKey = crypto.createPrivateKey(told.key);
const ownKey = { id: told.installId, algs: ["ed25519"], verify: createVerifier(crypto.createPublicKey(privateKey), "ed25519") };
const hqKey = { id: told.answerKid, algs: ["ed25519"], verify: createVerifier(crypto.createPublicKey(told.answerKey), "ed25519") };
const digest = (body) => `sha-256=:${crypto.createHash("sha256").update(body).digest("base64")}:`;

async function proven(response, body, nonce) {
  const message = { status: response.status, headers: Object.fromEntries(response.headers) };
  const config = {
    keyLookup: async ({ keyid }) => (keyid === told.answerKid ? hqKey : null),
    all: true,
    requiredFields: ["@status", "content-digest", "content-type"],
    requiredParams: ["created", "nonce", "keyid"],
  };
  const signed = (await httpbis.verifyMessage(config, message)) === true;
  return signed && response.headers.get("content-digest") === digest(body)
    && response.headers.get("signature-input").includes(`nonce="${nonce}"`);
}

async function ask({ method, path, body }) {
  const nonce = crypto.randomBytes(16).toString("base64url");
  const request = await httpbis.signMessage(
    {
      key: createSigner(privateKey, "ed25519", told.installId),
      fields: [...fields, ...headers],
      params: ["created", "nonce", "keyid", "alg"],
      paramValues: { nonce, created: new Date() },
    },
    {
      method,
      url: told.url + path,
      headers: {
        "content-digest": digest(body ?? ""),
        "store-install": told.installId,
        "store-epoch": String(told.epoch),
        "accept-encoding": "identity",
      },
    },
  );
  const response = await fetch(request.url, { method, headers: request.headers, body: body ?? undefined });
  const answer = Buffer.from(await response.arrayBuffer());
  const code = response.ok ? "" : JSON.parse(answer).code;
  return { status: response.status, code, proven: await proven(response, answer, nonce) };
}

async function main() {
  const answers = [];
  for (const request of told.requests) answers.push(await ask(request));
  const config = {
    keyLookup: async ({ keyid }) => (keyid === told.installId ? ownKey : null),
    all: true,
    requiredFields: [...fields, ...headers],
    requiredParams: ["created", "nonce", "keyid", "alg"],
  };
  const theirs = await httpbis.verifyMessage(config, told.theirs);
  process.stdout.write(JSON.stringify({ answers, theirs }));
}

main();
