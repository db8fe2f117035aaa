"""Checks on getting in: key, Host, Origin, content type, training mode."""

import json

from agent.ops.selftest.check import Check
from agent.ops.selftest.orders import OPENAPI, QUOTES, STATUS, basket
from agent.ops.selftest.wire import MODE, TRAINING, UnexpectedError, Wire

FOREIGN = "evil.example"
AGENT = "Store agent"
"""What the agent's OpenAPI document is titled."""


def access_checks() -> tuple[Check, ...]:
    """Return the checks; nothing further is tried without agent, key and training mode."""
    return (
        Check(
            name="agent",
            title="An agent answers 代理有应答",
            hint="Is it running (systemctl status store-agent), and at this address? Another one: "
            "--url http://127.0.0.1:8770",
            run=_agent,
            gate=True,
        ),
        Check(
            name="key",
            title="The key works 密钥有效",
            hint="Store IT makes a key: store-agent api-key add NAME. Send it with each request: "
            "Authorization: Bearer sk_…",
            run=_key,
            gate=True,
        ),
        Check(
            name="key_needed",
            title="Nobody gets in without it 无密钥拒绝",
            hint="The agent must refuse requests without a key. Is this the agent's own port, and "
            "no proxy that adds the key?",
            run=_key_needed,
        ),
        Check(
            name="host",
            title="Only own names are answered 主机名检查",
            hint="Call the agent by 127.0.0.1 or localhost; other names go into api.allowed_hosts.",
            run=_host,
        ),
        Check(
            name="origin",
            title="Foreign web pages are refused 网页来源检查",
            hint="A program sends no Origin. A POS that is a web page: have its origin put into "
            "api.allowed_origins.",
            run=_origin,
        ),
        Check(
            name="content_type",
            title="Bodies are JSON 内容类型",
            hint="Send Content-Type: application/json with every body, uncompressed.",
            run=_content_type,
        ),
        Check(
            name="training",
            title="Training mode 培训模式",
            hint=f"The agent must confirm {MODE}: {TRAINING} in its answer; without that nothing "
            "is written here. Update the agent.",
            run=_training,
            gate=True,
        ),
    )


async def _agent(wire: Wire) -> str:
    reply = (await wire.send("GET", OPENAPI, authorization=None, training=False)).expect(200)
    title = reply.field("info.title", str)
    if title != AGENT:
        raise UnexpectedError(f"another server answers: {title}")
    return f"{title} {reply.field('info.version', str)}"


async def _key(wire: Wire) -> str:
    report = (await wire.get(STATUS, training=False)).expect(200)
    return f"store {report.field('store', str)}, agent {report.field('version', str)}"


async def _key_needed(wire: Wire) -> str:
    none = await wire.send("GET", STATUS, authorization=None)
    none.expect_problem(401, "api_key_missing")
    wrong = await wire.send("GET", STATUS, authorization="Bearer sk_wrong")
    wrong.expect_problem(401, "api_key_unknown")
    return "401 without a key, 401 with a wrong one"


async def _host(wire: Wire) -> str:
    reply = await wire.send("GET", STATUS, headers={"Host": FOREIGN})
    reply.expect_problem(403, "host_not_allowed")
    return f"403 for the name {FOREIGN}"


async def _origin(wire: Wire) -> str:
    reply = await wire.send("GET", STATUS, headers={"Origin": f"http://{FOREIGN}"})
    reply.expect_problem(403, "origin_not_allowed")
    return f"403 for a page of {FOREIGN}"


async def _content_type(wire: Wire) -> str:
    body = json.dumps(basket()).encode()
    reply = await wire.send("POST", QUOTES, headers={"Content-Type": "text/plain"}, body=body)
    reply.expect_problem(415, "content_type")
    return "415 for text/plain"


async def _training(wire: Wire) -> str:
    reply = (await wire.post(QUOTES, basket())).expect(200)
    mode = reply.headers.get(MODE)
    if mode != TRAINING:
        raise UnexpectedError(f"expected {MODE}: {TRAINING} in the answer, got {mode or 'none'}")
    return "confirmed by the answer"
