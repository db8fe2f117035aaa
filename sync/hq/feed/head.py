"""What precedes each answer of the feed: which incarnation it is, and who may read it."""

from typing import NamedTuple

from asyncpg import Connection

from agent.base.problem import ProblemError
from sync.protocol.identity import Identity

# Fenced is a machine that was the store's before, and a copy of its disk that was left behind: one
# in an epoch that the journal does not go through, or before one in which something has arrived, or
# that was offered and came to nothing.
# A new machine that waits to be let in is told prices and campaigns meanwhile: it has epoch 0.
_HEAD = """
SELECT hq_epoch::text AS hq_epoch,
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next_place,
    pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS shown_below,
    coalesce((
        SELECT p.install_id <> $2 OR ($3 < p.epoch AND now.base_seq < p.accepted_seq) OR EXISTS (
            SELECT FROM store_epoch own
            WHERE (own.store, own.epoch) = (p.store, $3) AND own.base_seq > own.began_after
            AND ($3 < p.epoch OR (own.beside_epoch, own.beside_seq) <> (p.epoch, p.accepted_seq)))
        FROM store_position p JOIN store_epoch now USING (store, epoch)
        WHERE p.store = $1 AND p.install_id IS NOT NULL AND $2 <> '' AND $3 > 0), false) AS fenced
FROM hq
"""


class Head(NamedTuple):
    """The feed as it is now."""

    hq_epoch: str
    next_place: int
    """No change stands here or behind yet. It grows as long as the database is the same."""
    shown_below: int
    """Every transaction that changes something below has ended."""


async def read_head(connection: Connection, store: str, identity: Identity) -> Head:
    """Return the head; ProblemError 403 if `identity` is not the machine that the feed is for."""
    row = await connection.fetchrow(_HEAD, store, *identity)
    if row["fenced"]:
        raise ProblemError(403, "fenced", "another machine has this store's identity")
    return Head(row["hq_epoch"], row["next_place"], row["shown_below"])
