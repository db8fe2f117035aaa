"""A stretch of a store's journal that is settled in one transaction."""

from typing import NamedTuple

from asyncpg import Connection

MAX_STRETCH_USES = 500
"""Uses of coupons that one transaction settles, unless one event alone has more: a store that
sends many keeps no other waiting for longer."""

_CLAIM = "SELECT * FROM settlement_claim($1, $2, $3, $4)"


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
    row = await connection.fetchrow(_CLAIM, store, limit, MAX_STRETCH_USES, now)
    return Stretch(*row) if row else None
