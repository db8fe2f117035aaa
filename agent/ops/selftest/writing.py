"""Checks on writing once, and on bodies that mean exactly one thing."""

import asyncio
import json
from uuid import uuid4

from agent.ops.selftest.check import Check
from agent.ops.selftest.orders import QUOTES, SALES, basket, sale, sell
from agent.ops.selftest.wire import JSON, UnexpectedError, Wire

AT_ONCE = 4

_RETRY = (
    "Make one new UUID for each sale, keep it with the sale, and send the same body with the same "
    "key until there is an answer."
)


def writing_checks() -> tuple[Check, ...]:
    """Return the checks."""
    return (
        Check(
            name="idempotency_missing",
            title="A write needs an Idempotency-Key 幂等键必填",
            hint="Send Idempotency-Key with every write. " + _RETRY,
            run=_missing,
        ),
        Check(
            name="idempotency_repeated",
            title="The same key sells once 重发不重复",
            hint=_RETRY,
            run=_repeated,
        ),
        Check(
            name="idempotency_reused",
            title="The key is not for another sale 幂等键不可复用",
            hint="A new sale takes a new key; after needs_supervisor the repetition does, too.",
            run=_reused,
        ),
        Check(
            name="still_running",
            title="Sent twice at once, sold once 并发只记一次",
            hint="After 409 still_running wait a moment and send the same again.",
            run=_at_once,
        ),
        Check(
            name="integers",
            title="Money is an integer of fen 金额为整数分",
            hint="Write 25.00 yuan as 2500: no fraction, no exponent, no text.",
            run=_integers,
        ),
        Check(
            name="strict_json",
            title="Nothing is guessed 字段严格",
            hint="Send each field once, under the names of /docs.",
            run=_strict,
        ),
    )


async def _missing(wire: Wire) -> str:
    (await wire.post(SALES, sale())).expect_problem(400, "idempotency_key_missing")
    return "400 without a key"


async def _repeated(wire: Wire) -> str:
    key = str(uuid4())
    first, again = await sell(wire, key=key), await sell(wire, key=key)
    if first.body != again.body:
        raise UnexpectedError("the second answer differs from the first: sold twice?")
    return "the first answer came again"


async def _reused(wire: Wire) -> str:
    key = str(uuid4())
    await sell(wire, key=key)
    other = sale(approved_by="another")
    (await wire.post(SALES, other, key=key)).expect_problem(422, "idempotency_key_reused")
    return "422 for another body"


async def _at_once(wire: Wire) -> str:
    key = str(uuid4())
    replies = await asyncio.gather(*(wire.post(SALES, sale(), key=key) for _ in range(AT_ONCE)))
    waiting = [reply for reply in replies if reply.status != 201]
    for reply in waiting:
        reply.expect_problem(409, "still_running")
    settled = await sell(wire, key=key)
    if any(reply.body != settled.body for reply in replies if reply.status == 201):
        raise UnexpectedError("requests at the same time got different sales")
    return f"{AT_ONCE} at once: one sale, {len(waiting)} told to wait"


async def _integers(wire: Wire) -> str:
    for amount in ("2500.0", "2.5e3"):
        body = json.dumps(sale()).replace('"amount_fen": 2500', f'"amount_fen": {amount}')
        reply = await wire.send("POST", SALES, headers=_headers(), body=body.encode())
        reply.expect_problem(400, "json_float")
    body = json.dumps(sale()).replace('"amount_fen": 2500', '"amount_fen": "2500"')
    reply = await wire.send("POST", SALES, headers=_headers(), body=body.encode())
    reply.expect_problem(422, "invalid_request")
    return "400 for 2500.0 and 2.5e3, 422 for text"


async def _strict(wire: Wire) -> str:
    unknown = await wire.post(QUOTES, basket(discount=5))
    unknown.expect_problem(422, "invalid_request")
    twice = json.dumps(basket()).replace('"till":', '"till": "T9", "till":').encode()
    reply = await wire.send("POST", QUOTES, headers=_headers(), body=twice)
    reply.expect_problem(400, "json_duplicate_key")
    return "422 for an unknown field, 400 for a field given twice"


def _headers() -> dict[str, str]:
    return {"Content-Type": JSON, "Idempotency-Key": str(uuid4())}
