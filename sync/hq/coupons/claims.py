"""Claims: a store asks for coupons before it takes them, and takes them for certain.

One store at a time holds a claim. It ends when the store gives it back or takes the use back; one
that was left to lapse ends when the store has told what it recorded until then, or after GRACE_MS.
"""

from collections.abc import Sequence

import msgspec
from asyncpg import Connection, Pool, Record

from agent.base.clock import DAY_MS, MINUTE_MS, Clock
from agent.base.problem import ProblemError
from agent.domain.coupons.case import CLAIM_CLOCKS_MS
from sync.hq.access import Caller, spend
from sync.hq.intake.journal import check_greeted
from sync.protocol.claims import ClaimAnswer, ClaimOrder, ClaimResult, ClaimState, ClaimUse

HELD_MS = 2 * MINUTE_MS
"""So long a store may record the use after it has asked."""
GRACE_MS = DAY_MS
"""A store that is silent for so long after its claim loses it."""

_LOCK = """
SELECT coupon_id, store, revoked_at FROM coupon WHERE coupon_id = ANY($1)
ORDER BY coupon_id FOR NO KEY UPDATE
"""

_HOLDERS = """
SELECT coupon_id, store, till, receipt, occurred_at FROM coupon_use
WHERE coupon_id = ANY($1) AND holder
"""

# What a store has told counts once it is settled: before that, its use may not stand there yet.
_OTHERS = """
SELECT c.coupon_id, c.store FROM coupon_claim c
JOIN store_position p ON p.store = c.store
JOIN store_settlement s ON s.store = c.store
WHERE c.coupon_id = ANY($1) AND c.store <> $2 AND c.ends_at + $4 >= $3
AND (p.newest_at <= c.ends_at + $5 OR EXISTS (
    SELECT FROM event e WHERE e.store = c.store AND (e.epoch, e.seq) > (s.epoch, s.settled_seq)))
"""

_CLAIM = """
INSERT INTO coupon_claim (coupon_id, store, claimed_at, ends_at, claim_id)
SELECT id, $2, $3, $4, $5 FROM unnest($1::text[]) AS id
ON CONFLICT (coupon_id) DO UPDATE SET store = excluded.store, claimed_at = CASE
    WHEN coupon_claim.store = excluded.store THEN coupon_claim.claimed_at
    ELSE excluded.claimed_at END, claim_id = excluded.claim_id,
    ends_at = greatest(excluded.ends_at, CASE
        WHEN coupon_claim.store = excluded.store THEN coupon_claim.bound_until ELSE 0 END),
    bound_until = CASE
        WHEN coupon_claim.store = excluded.store THEN coupon_claim.bound_until ELSE 0 END
"""

# A code on a member's phone is good in the store, whatever its tills gave back meanwhile.
_BIND = """
INSERT INTO coupon_claim AS c (coupon_id, store, claimed_at, ends_at, claim_id, bound_until)
VALUES ($1, $2, $3, $4, $5, $4)
ON CONFLICT (coupon_id) DO UPDATE SET store = excluded.store, claim_id = excluded.claim_id,
    claimed_at = CASE WHEN c.store = excluded.store THEN c.claimed_at
        ELSE excluded.claimed_at END,
    ends_at = CASE WHEN c.store = excluded.store THEN greatest(c.ends_at, excluded.ends_at)
        ELSE excluded.ends_at END,
    bound_until = excluded.bound_until
"""

_RELEASE = """
WITH kept AS (
    UPDATE coupon_claim SET ends_at = bound_until
    WHERE coupon_id = ANY($1) AND store = $2 AND claim_id = $3 AND bound_until > 0)
DELETE FROM coupon_claim
WHERE coupon_id = ANY($1) AND store = $2 AND claim_id = $3 AND bound_until = 0
"""

_decoder = msgspec.json.Decoder(ClaimOrder)


class ClaimDesk:
    """Answers claims."""

    def __init__(self, *, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def answer(self, caller: Caller, data: bytes) -> ClaimAnswer:
        """Return what became of the order `data` of `caller`, after its commit.

        ProblemError: `claim_malformed`, or `fenced` for a copy of the store, which has no say.
        """
        order, now, store = _decoded(data), self._clock.wall(), caller.store
        async with self._pool.acquire() as connection, connection.transaction():
            await spend(connection, caller)
            await check_greeted(connection, store, caller.identity)
            if order.release:
                await connection.execute(_RELEASE, order.coupon_ids, store, order.claim_id)
                return ClaimAnswer(server_time=now)
            results = await _claim(connection, store, order, now)
        return ClaimAnswer(server_time=now, held_ms=HELD_MS, results=results)


async def claimed_elsewhere(
    connection: Connection, coupon_ids: Sequence[str], store: str, *, now: int
) -> dict[str, str]:
    """Return those of the coupons, locked, that another store has or may be taking, and which."""
    rows = await connection.fetch(_OTHERS, coupon_ids, store, now, GRACE_MS, CLAIM_CLOCKS_MS)
    return {row["coupon_id"]: row["store"] for row in rows}


async def bind_claim(
    connection: Connection, coupon_id: str, store: str, claim_id: str, *, now: int, until: int
) -> None:
    """Hold the coupon, locked and claimed nowhere else, for the store until its code ends."""
    await connection.execute(_BIND, coupon_id, store, now, until, claim_id)


def _decoded(data: bytes) -> ClaimOrder:
    try:
        order = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError(400, "claim_malformed", str(error)[:300]) from None
    if any("\0" in text for text in (order.claim_id, *order.coupon_ids)):
        raise ProblemError(400, "claim_malformed", "a text holds the character U+0000")
    return order


async def _claim(
    connection: Connection, store: str, order: ClaimOrder, now: int
) -> tuple[ClaimResult, ...]:
    coupon_ids = sorted(set(order.coupon_ids))
    coupons = {row["coupon_id"]: row for row in await connection.fetch(_LOCK, coupon_ids)}
    used = {row["coupon_id"]: row for row in await connection.fetch(_HOLDERS, coupon_ids)}
    others = await claimed_elsewhere(connection, coupon_ids, store, now=now)
    results = [
        _judge(one, store, coupons.get(one), used.get(one), others.get(one)) for one in coupon_ids
    ]
    granted = [one.coupon_id for one in results if one.state is ClaimState.GRANTED]
    if granted:
        await connection.execute(_CLAIM, granted, store, now, now + HELD_MS, order.claim_id)
    return tuple(results)


def _judge(
    coupon_id: str, store: str, coupon: Record | None, used: Record | None, other: str | None
) -> ClaimResult:
    if coupon is None:
        return ClaimResult(coupon_id=coupon_id, state=ClaimState.UNKNOWN)
    if coupon["revoked_at"] is not None:
        return ClaimResult(coupon_id=coupon_id, state=ClaimState.REVOKED)
    if used is not None:
        return ClaimResult(coupon_id=coupon_id, state=ClaimState.USED, use=_use(used))
    elsewhere = other or coupon["store"]
    if elsewhere is not None and elsewhere != store:
        return ClaimResult(coupon_id=coupon_id, state=ClaimState.ELSEWHERE, store=elsewhere)
    return ClaimResult(coupon_id=coupon_id, state=ClaimState.GRANTED)


def _use(row: Record) -> ClaimUse:
    return ClaimUse(
        store=row["store"],
        till=row["till"],
        receipt=row["receipt"],
        occurred_at=row["occurred_at"],
    )
