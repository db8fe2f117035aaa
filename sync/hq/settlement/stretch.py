"""A stretch of a store's journal that is settled in one transaction."""

from typing import NamedTuple

from asyncpg import Connection

_CLAIM = """
SELECT s.store, s.epoch, s.settled_seq FROM store_settlement s
-- One step down the index for each store, also in a plan made while there were no events yet.
CROSS JOIN LATERAL (
    SELECT FROM event e
    WHERE e.store = s.store AND (e.epoch, e.seq) > (s.epoch, s.settled_seq)
    ORDER BY e.epoch, e.seq LIMIT 1) AS next
WHERE s.store = coalesce($1, s.store)
ORDER BY s.turn LIMIT 1 FOR UPDATE OF s SKIP LOCKED
"""

_END = """
SELECT epoch, seq FROM (
    SELECT epoch, seq FROM event WHERE store = $1 AND (epoch, seq) > ($2, $3)
    ORDER BY epoch, seq LIMIT $4
) AS next ORDER BY epoch DESC, seq DESC LIMIT 1
"""

_MOVE = """
UPDATE store_settlement SET epoch = $2, settled_seq = $3, settled_at = $4,
    turn = nextval('settlement_turn')
WHERE store = $1
"""


class Stretch(NamedTuple):
    """The events of `store` after (epoch, after_seq) up to (to_epoch, to_seq).

    Its values are $1 to $5 of every statement on it.
    """

    store: str
    epoch: int
    after_seq: int
    to_epoch: int
    to_seq: int


async def claim(
    connection: Connection, *, limit: int, now: int, store: str | None = None
) -> Stretch | None:
    """Claim a stretch for this transaction, of `store` or of the store that waits longest.

    None if there is nothing to settle that no other transaction is settling.
    """
    row = await connection.fetchrow(_CLAIM, store)
    if row is None:
        return None
    end = await connection.fetchrow(_END, *row, limit)
    await connection.execute(_MOVE, row["store"], *end, now)
    return Stretch(*row, *end)
