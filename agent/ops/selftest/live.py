"""Checks on what the agent tells by itself, and that nothing of the selftest reached the store."""

import asyncio
import json

import aiohttp

from agent.ops.selftest.check import Check
from agent.ops.selftest.orders import API, CASHIER, SALES, STATUS, TILL, basket, sell
from agent.ops.selftest.wire import JSON, TIMEOUT_S, UnexpectedError, Wire

EVENTS = f"{API}events"
MAX_NEWS = 100
"""Messages looked through for the one that is waited for; a busy store tells more than ours."""


def live_checks() -> tuple[Check, ...]:
    """Return the checks."""
    return (
        Check(
            name="status",
            title="The status tells line and outbox 状态",
            hint="Show line.online and outbox.pending to the cashier: saved, to be synced, "
            "confirmed are three things.",
            run=_status,
        ),
        Check(
            name="events",
            title="News arrive by WebSocket 事件推送",
            hint="GET events with the key in Authorization; the first message is the status. "
            "After a break connect again and look anew.",
            run=_events,
        ),
        Check(
            name="apart",
            title="Nothing reached the real store 未影响真实数据",
            hint=f"Without the training header every request counts. Look for till {TILL} in the "
            "store's receipts, and tell head office.",
            run=_apart,
        ),
    )


async def _status(wire: Wire) -> str:
    report = (await wire.get(STATUS, training=False)).expect(200)
    online = report.field("line.online", bool)
    pending = report.field("outbox.pending", int)
    report.field("at_risk.limits", dict)
    return f"{'online' if online else 'offline 断网'}, {pending} to be synced"


async def _events(wire: Wire) -> str:
    url = wire.url.replace("http", "ws", 1) + EVENTS
    wire.transcript.append(f"WebSocket GET {EVENTS}")
    try:
        async with (
            asyncio.timeout(TIMEOUT_S),
            wire.session.ws_connect(url, headers=wire.headers()) as socket,
        ):
            first = await _next(socket, wire)
            if first != "status":
                raise UnexpectedError(f"expected the status first, got {first!r}")
            await _touch_basket(wire)
            await _until_basket(socket, wire)
    except (aiohttp.ClientError, OSError) as error:
        raise UnexpectedError(f"no WebSocket: {error}") from None
    except TimeoutError:
        raise UnexpectedError(f"nothing came for {TIMEOUT_S:.0f} s") from None
    return "the status first, then the basket that changed"


async def _touch_basket(wire: Wire) -> None:
    """Change the selftest's own basket in training, and empty it again."""
    path = f"{API}tills/{TILL}/basket"
    nothing: list[object] = []
    for lines in (basket()["lines"], nothing):
        body = json.dumps({"cashier": CASHIER, "lines": lines}).encode()
        reply = await wire.send("PUT", path, headers={"Content-Type": JSON}, body=body)
        reply.expect(200)


async def _until_basket(socket: aiohttp.ClientWebSocketResponse, wire: Wire) -> None:
    for _ in range(MAX_NEWS):
        if await _next(socket, wire) == "basket":
            return
    raise UnexpectedError(f"no news of the basket among {MAX_NEWS} messages")


async def _next(socket: aiohttp.ClientWebSocketResponse, wire: Wire) -> str:
    message = await socket.receive()
    if message.type is not aiohttp.WSMsgType.TEXT:
        raise UnexpectedError(f"the socket was closed with {socket.close_code}")
    wire.transcript.append(f"→ {message.data[:500]}")
    try:
        return str(json.loads(message.data)["topic"])
    except (ValueError, KeyError, TypeError):
        raise UnexpectedError("a message that is no JSON with a topic") from None


async def _apart(wire: Wire) -> str:
    before = (await wire.get(STATUS, training=False)).field("journal_seq", int)
    sale_id = (await sell(wire)).field("sale_id", str)
    (await wire.get(f"{SALES}/{sale_id}")).expect(200)
    real = await wire.get(f"{SALES}/{sale_id}", training=False)
    real.expect_problem(404, "unknown_sale")
    after = (await wire.get(STATUS, training=False)).field("journal_seq", int)
    others = "" if after == before else f" ({after - before} by other tills meanwhile)"
    return f"a training sale is unknown to the store; its journal has {after} events{others}"
