"""Coupon uses: who has the right to a coupon. The coupons of a stretch stay locked to its end."""

from collections.abc import Sequence
from typing import NamedTuple

from asyncpg import Connection, Record

from sync.hq.settlement.stretch import Stretch

_TOUCHED = """
SELECT coupon_id, true AS used FROM redemption
WHERE store = $1 AND (epoch, seq) > ($2, $3) AND (epoch, seq) <= ($4, $5)
UNION ALL
SELECT coupon_id, false FROM reversal
WHERE store = $1 AND (epoch, seq) > ($2, $3) AND (epoch, seq) <= ($4, $5)
"""

_LOCK_KNOWN = """
SELECT coupon_id FROM coupon WHERE coupon_id = ANY($1) ORDER BY coupon_id FOR NO KEY UPDATE
"""

_LOCK_UNKNOWN = """
SELECT pg_advisory_xact_lock($2, bucket)
FROM (SELECT DISTINCT abs(hashtext(id) % $3) AS bucket FROM unnest($1::text[]) AS id
      ORDER BY bucket) AS buckets
"""

_REVERSE = """
UPDATE coupon_use u SET holder = false, reversed_at = r.occurred_at
FROM reversal r
WHERE r.store = $1 AND (r.epoch, r.seq) > ($2, $3) AND (r.epoch, r.seq) <= ($4, $5)
AND u.coupon_id = r.coupon_id AND u.store = $1 AND u.redemption_id = r.redemption_id
AND u.reversed_at IS NULL
RETURNING u.coupon_id, u.redemption_id
"""

# A code on a member's phone, bound to the store, is good until it ends, whatever was taken back.
_RELEASE = """
DELETE FROM coupon_claim c USING reversal r
WHERE r.store = $1 AND (r.epoch, r.seq) > ($2, $3) AND (r.epoch, r.seq) <= ($4, $5)
AND c.coupon_id = r.coupon_id AND c.store = r.store AND c.bound_until <= $6
"""

# A use that has lost to one that still stands comes after all others.
_PROMOTE = """
UPDATE coupon_use u SET holder = true
FROM (
    SELECT DISTINCT ON (w.coupon_id) w.coupon_id, w.store, w.redemption_id FROM coupon_use w
    WHERE w.coupon_id = ANY($1) AND w.reversed_at IS NULL
    AND NOT EXISTS (SELECT FROM coupon_use h WHERE h.coupon_id = w.coupon_id AND h.holder)
    ORDER BY w.coupon_id, EXISTS (
        SELECT FROM coupon_case c JOIN coupon_use v ON v.coupon_id = c.coupon_id
            AND (v.store, v.redemption_id) = (c.winner_store, c.winner_redemption_id)
        WHERE c.coupon_id = w.coupon_id AND v.reversed_at IS NULL
        AND (c.state = 'open' OR c.closed_why IS NOT NULL)
        AND (c.case_id = w.folded_into
            OR (c.loser_store, c.loser_redemption_id) = (w.store, w.redemption_id))
    ), w.received_at, w.store, w.epoch, w.seq
) AS next
WHERE (u.coupon_id, u.store, u.redemption_id) = (next.coupon_id, next.store, next.redemption_id)
"""

# First with $6 true: of several uses of a coupon the unique index lets one hold it. Then with
# $6 false: the rest. A use that is reversed within the same stretch holds nothing.
_INSERT = """
INSERT INTO coupon_use (
    coupon_id, store, redemption_id, epoch, seq, discount_fen, at_risk, bound, till, receipt,
    occurred_at, received_at, after_at, holder, reversed_at)
SELECT d.coupon_id, d.store, d.redemption_id, d.epoch, d.seq, d.discount_fen, d.at_risk,
    CASE WHEN c.coupon_id IS NULL THEN d.bound ELSE c.store IS NOT DISTINCT FROM d.store END,
    d.till, d.receipt, d.occurred_at, d.received_at, d.after_at,
    $6 AND r.store IS NULL, r.occurred_at
FROM redemption d
LEFT JOIN coupon c ON c.coupon_id = d.coupon_id
LEFT JOIN reversal r ON r.store = $1 AND (r.epoch, r.seq) <= ($4, $5)
    AND (r.epoch, r.seq) > ($2, $3) AND (r.epoch, r.seq) > (d.epoch, d.seq)
    AND r.redemption_id = d.redemption_id AND r.coupon_id = d.coupon_id
WHERE d.store = $1 AND (d.epoch, d.seq) > ($2, $3) AND (d.epoch, d.seq) <= ($4, $5)
ORDER BY d.epoch, d.seq, d.n
ON CONFLICT DO NOTHING
RETURNING coupon_id, holder
"""

_PARK = """
INSERT INTO parked (store, epoch, seq, code, detail, parked_at)
SELECT $1, epoch, seq, code, coupon_id, $6 FROM (
    SELECT d.epoch, d.seq, d.coupon_id, CASE
        WHEN c.coupon_id IS NULL THEN 'unknown_coupon'
        WHEN c.store <> d.store THEN 'coupon_of_other_store'
        WHEN (u.epoch, u.seq) <> (d.epoch, d.seq) THEN 'redemption_repeated'
        WHEN EXISTS (
            SELECT FROM coupon_use o WHERE o.coupon_id = u.coupon_id AND o.store <> u.store
            AND o.redemption_id = u.redemption_id AND o.received_at <= u.received_at)
        THEN 'redemption_of_other_store' END AS code
    FROM redemption d
    JOIN coupon_use u USING (coupon_id, store, redemption_id)
    LEFT JOIN coupon c USING (coupon_id)
    WHERE d.store = $1 AND (d.epoch, d.seq) > ($2, $3) AND (d.epoch, d.seq) <= ($4, $5)
    UNION ALL
    SELECT r.epoch, r.seq, r.coupon_id, 'unknown_redemption'
    FROM reversal r
    LEFT JOIN coupon_use u ON u.coupon_id = r.coupon_id AND u.store = r.store
        AND u.redemption_id = r.redemption_id AND (u.epoch, u.seq) < (r.epoch, r.seq)
    WHERE r.store = $1 AND (r.epoch, r.seq) > ($2, $3) AND (r.epoch, r.seq) <= ($4, $5)
    AND u.coupon_id IS NULL
) AS found WHERE code IS NOT NULL
ON CONFLICT DO NOTHING
"""

_UNKNOWN_LOCK_CLASS = 0x636F7570
_UNKNOWN_LOCKS = 64
"""Coupons that HQ never issued have no row to lock; so many locks stand for all of them."""


class UsesSettled(NamedTuple):
    """What a stretch did to coupons, before conflicts are judged."""

    coupon_ids: Sequence[str]
    """Every coupon in the stretch."""
    reversed: Sequence[Record]
    """(coupon_id, redemption_id) of earlier uses that are reversed now."""
    held_anew: set[str]
    """Coupons whose holder may be another than before."""
    contested: bool
    """Whether a use may stand against another one that holds its coupon."""


async def settle_uses(connection: Connection, stretch: Stretch, *, now: int) -> UsesSettled | None:
    """Write down the uses and reversals of the stretch; None if there are none."""
    touched = await connection.fetch(_TOUCHED, *stretch)
    if not touched:
        return None
    coupon_ids = sorted({row["coupon_id"] for row in touched})
    await _lock(connection, coupon_ids)
    uses = sum(row["used"] for row in touched)
    undone = await _reverse(connection, stretch, now) if uses < len(touched) else []
    held, contested = await _insert(connection, stretch, uses)
    await connection.execute(_PARK, *stretch, now)
    return UsesSettled(
        coupon_ids=coupon_ids,
        reversed=undone,
        held_anew=held | {row["coupon_id"] for row in undone},
        contested=contested or bool(undone),
    )


async def _lock(connection: Connection, coupon_ids: Sequence[str]) -> None:
    """Lock the coupons, in every transaction in the same order."""
    rows = await connection.fetch(_LOCK_KNOWN, coupon_ids)
    unknown = set(coupon_ids) - {row["coupon_id"] for row in rows}
    if unknown:
        await connection.fetch(_LOCK_UNKNOWN, list(unknown), _UNKNOWN_LOCK_CLASS, _UNKNOWN_LOCKS)


async def _reverse(connection: Connection, stretch: Stretch, now: int) -> list[Record]:
    """Reverse earlier uses; the next one that waits for such a coupon, if any, holds it."""
    undone: list[Record] = await connection.fetch(_REVERSE, *stretch)
    await connection.execute(_RELEASE, *stretch, now)
    if undone:
        await connection.execute(_PROMOTE, [row["coupon_id"] for row in undone])
    return undone


async def _insert(connection: Connection, stretch: Stretch, uses: int) -> tuple[set[str], bool]:
    """Write down new uses; return the coupons that they hold, and whether some hold nothing."""
    rows = await connection.fetch(_INSERT, *stretch, True) if uses else []
    contested = []
    if len(rows) < uses:
        contested = await connection.fetch(_INSERT, *stretch, False)
    return {row["coupon_id"] for row in rows if row["holder"]}, bool(contested)
