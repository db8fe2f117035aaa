"""A new epoch of a store's journal: what HQ writes down, and what it tells the store again.

HQ may hold events past the place where the new epoch begins: the branch that the store lost with
its disk. They stay in effect, since they happened, so the store must hear of them.
"""

from asyncpg import Connection

from sync.hq.intake.journal import ABANDONED
from sync.hq.intake.stock_changes import tell_stock
from sync.protocol.position import HelloDecision

# Until it begins it is beyond every seq, as one that was abandoned: no journal goes through it.
_GIVE = """
INSERT INTO store_epoch (
    store, epoch, base_seq, began_after, base_hash, opened_at, why, parent, heard_until,
    beside_epoch, beside_seq)
SELECT $1, $2, $8, $3, $4, $5, $6, $7, newest_at, epoch, accepted_seq
FROM store_position WHERE store = $1
ON CONFLICT DO NOTHING
RETURNING epoch
"""

_BEGIN = """
UPDATE store_epoch SET begun_at = $3 WHERE (store, epoch) = ($1, $2)
RETURNING began_after, base_hash
"""

# The journal at a seq is the row of the greatest epoch whose base_seq is below it: an epoch that
# the new one does not go on from is put beyond every seq, and one that it goes on from is put back.
_LINE = """
WITH RECURSIVE line AS (
    SELECT epoch, parent FROM store_epoch WHERE store = $1 AND epoch = $2
    UNION ALL
    SELECT e.epoch, e.parent FROM store_epoch e JOIN line l ON e.epoch = l.parent
    WHERE e.store = $1
)
UPDATE store_epoch SET base_seq =
    CASE WHEN epoch IN (SELECT epoch FROM line) THEN began_after ELSE $3 END
WHERE store = $1
"""

_MOVE = """
UPDATE store_position SET epoch = $2, accepted_seq = $3, accepted_hash = $4, install_id = $5,
    backup_through = least(backup_through, $3)
WHERE store = $1
"""

_TELL_USED = """
INSERT INTO change (store, entity, key, body)
SELECT $1, 'coupon', u.coupon_id,
    coupon_used_body(
        u.coupon_id, u.redemption_id, u.store, u.till, u.receipt, u.occurred_at)
FROM redemption u
JOIN store_epoch e USING (store, epoch)
WHERE u.store = $1 AND u.epoch < $2 AND (u.seq > $3 OR u.seq <= e.base_seq)
AND u.coupon_id ~ '^[0-9a-f]{24}$'
AND NOT EXISTS (
    SELECT FROM reversal r WHERE r.store = $1
    AND r.redemption_id = u.redemption_id AND r.coupon_id = u.coupon_id)
ORDER BY u.epoch, u.seq, u.n
"""

_LOCK_MEMBERS = """
SELECT FROM member JOIN member_store USING (member_id)
WHERE store = $1 ORDER BY member_id FOR SHARE OF member
"""

_TELL_MEMBERS = """
INSERT INTO change (store, entity, key, body)
SELECT $1, 'member', member.member_id, member_body(member, settled_through($1))
FROM member JOIN member_store USING (member_id)
WHERE store = $1 ORDER BY member_id
"""


async def open_epoch(
    connection: Connection, store: str, decision: HelloDecision, *, install_id: str, now: int
) -> None:
    """Move the store, whose position is locked, to the epoch and base of `decision`."""
    await _give(connection, store, decision, now=now)
    await begin_epoch(connection, store, decision.epoch, install_id=install_id, now=now)
    if decision.epoch > 1:
        await connection.execute(_TELL_USED, store, decision.epoch, decision.accepted.seq)


async def offer_epoch(
    connection: Connection, store: str, decision: HelloDecision, *, held_seq: int, now: int
) -> None:
    """Give the store, whose position is locked and stays at `held_seq`, the epoch of `decision`.

    What it is told is right for whichever disk goes on: figures contain all that HQ holds.
    """
    if await _give(connection, store, decision, now=now):
        await connection.execute(_TELL_USED, store, decision.epoch, decision.accepted.seq)
        await _tell_figures(connection, store, through_seq=held_seq)


async def begin_epoch(
    connection: Connection, store: str, epoch: int, *, install_id: str, now: int
) -> None:
    """Move the store, whose position is locked, to an epoch that it was given, and to its base."""
    base_seq, base_hash = await connection.fetchrow(_BEGIN, store, epoch, now)
    await connection.execute(_LINE, store, epoch, ABANDONED)
    await connection.execute(_MOVE, store, epoch, base_seq, base_hash, install_id)
    if epoch > 1:
        await _tell_figures(connection, store, through_seq=base_seq)


async def _give(connection: Connection, store: str, decision: HelloDecision, *, now: int) -> bool:
    """Note the epoch of `decision`; False: that was done before."""
    base = decision.accepted.seq, bytes.fromhex(decision.accepted.hash)
    why = decision.detail, decision.parent
    given = await connection.fetchval(_GIVE, store, decision.epoch, *base, now, *why, ABANDONED)
    return given is not None


async def _tell_figures(connection: Connection, store: str, *, through_seq: int) -> None:
    await tell_stock(connection, store, through_seq=through_seq)
    # In a later statement than the lock, so that it sees what the lock waited for.
    await connection.fetch(_LOCK_MEMBERS, store)
    await connection.execute(_TELL_MEMBERS, store)
