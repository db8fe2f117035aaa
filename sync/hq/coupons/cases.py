"""Cases: coupons used twice."""

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis

_LIST = """
SELECT c.case_id, c.coupon_id, c.state, c.ground, c.winner_store, c.winner_redemption_id,
    c.loser_store, c.loser_redemption_id, c.opened_at, c.closed_at, c.closed_why,
    u.discount_fen + coalesce(more.fen, 0) AS loss_fen, more.uses AS further_uses
FROM coupon_case c JOIN coupon_use u ON u.coupon_id = c.coupon_id
    AND (u.store, u.redemption_id) = (c.loser_store, c.loser_redemption_id)
CROSS JOIN LATERAL (
    SELECT count(*) AS uses, sum(f.discount_fen)::bigint AS fen FROM coupon_use f
    WHERE f.coupon_id = c.coupon_id AND f.folded_into = c.case_id AND f.reversed_at IS NULL
) AS more
WHERE ($1::text IS NULL OR $1 IN (c.winner_store, c.loser_store))
AND ($2::text IS NULL OR c.state = $2)
ORDER BY c.opened_at, c.case_id LIMIT $3
"""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Two uses of one coupon, as judged."""

    case_id: str
    coupon_id: str
    state: str
    ground: str
    winner_store: str
    winner_redemption_id: str
    loser_store: str
    """The store that bears the loss."""
    loser_redemption_id: str
    loss_fen: int
    """Of all its uses of the coupon in this case."""
    further_uses: int
    """By which the same store lost the same coupon again."""
    opened_at: Millis
    closed_at: Millis | None
    closed_why: str | None
    """Said by who closed it; None: it is open, or was closed by a reversal."""


async def list_cases(
    connection: Connection,
    *,
    store: str | None = None,
    state: str | None = None,
    limit: int = 100,
) -> list[Case]:
    """Return cases, the oldest first; `store` on either side."""
    return [Case(**row) for row in await connection.fetch(_LIST, store, state, limit)]
