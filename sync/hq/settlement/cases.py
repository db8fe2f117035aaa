"""Cases: uses that stand against the one that holds their coupon, judged and shown to both stores.

Every statement here runs with the coupons locked.
"""

from collections.abc import Mapping, Sequence

from asyncpg import Connection, Record

from sync.hq.errors import AdminError
from sync.hq.feed.announce import Announcement, announce
from sync.protocol.changes import CaseChange, CaseState, CaseUse
from sync.protocol.messages import Entity

_UNFOLD = """
UPDATE coupon_use SET folded_into = NULL WHERE coupon_id = ANY($1) AND folded_into = ANY($2)
"""

_CLOSE = """
UPDATE coupon_case c SET state = 'closed', closed_at = $4
FROM unnest($1::text[], $2::text[]) AS r (coupon_id, redemption_id)
WHERE c.coupon_id = r.coupon_id AND c.state = 'open' AND (
    (c.winner_store, c.winner_redemption_id) = ($3, r.redemption_id)
    OR (c.loser_store, c.loser_redemption_id) = ($3, r.redemption_id))
RETURNING c.coupon_id, c.case_id, c.ground, c.opened_at, c.closed_why,
    c.winner_store, c.winner_redemption_id, c.loser_store, c.loser_redemption_id
"""

_CLOSE_ONE = """
UPDATE coupon_case SET state = 'closed', closed_at = $2, closed_why = $3
WHERE case_id = $1 AND state = 'open'
RETURNING coupon_id, case_id, ground, opened_at, closed_why,
    winner_store, winner_redemption_id, loser_store, loser_redemption_id
"""

_USES = """
SELECT coupon_id, store, redemption_id, at_risk, discount_fen, occurred_at
FROM coupon_use WHERE coupon_id = ANY($1)
"""


async def close_cases(
    connection: Connection, reversed_uses: Sequence[Record], *, store: str, now: int
) -> None:
    """Close the open cases of uses of `store` that are reversed now."""
    coupon_ids = [row["coupon_id"] for row in reversed_uses]
    redemption_ids = [row["redemption_id"] for row in reversed_uses]
    closed = await connection.fetch(_CLOSE, coupon_ids, redemption_ids, store, now)
    if closed:
        await connection.execute(_UNFOLD, coupon_ids, [row["case_id"] for row in closed])
        uses = await connection.fetch(_USES, [row["coupon_id"] for row in closed])
        by_use = {use_key(row): row for row in uses}
        await tell_cases(connection, [_closed(row, by_use) for row in closed])


async def close_case(connection: Connection, case_id: str, *, why: str, now: int) -> None:
    """Close an open case by people's word, and tell both stores; AdminError if there is none.

    Both uses stay as they were judged, and are not judged against each other again.
    """
    async with connection.transaction():
        closed = await connection.fetchrow(_CLOSE_ONE, case_id, now, why)
        if closed is None:
            raise AdminError(
                "no open case {case}; `store-hq cases list --state open` shows them", case=case_id
            )
        uses = await connection.fetch(_USES, [closed["coupon_id"]])
        await tell_cases(connection, [_closed(closed, {use_key(row): row for row in uses})])


UseKey = tuple[str, str, str]
"""coupon_id, store, redemption_id"""


def side_of(row: Record) -> CaseUse:
    return CaseUse(
        store=row["store"],
        redemption_id=row["redemption_id"],
        occurred_at=row["occurred_at"],
        at_risk=row["at_risk"],
        discount_fen=row["discount_fen"],
    )


def _closed(row: Record, by_use: Mapping[UseKey, Record]) -> CaseChange:
    coupon_id = row["coupon_id"]
    return CaseChange(
        case_id=row["case_id"],
        coupon_id=coupon_id,
        state=CaseState.CLOSED,
        winner=side_of(by_use[coupon_id, row["winner_store"], row["winner_redemption_id"]]),
        loser=side_of(by_use[coupon_id, row["loser_store"], row["loser_redemption_id"]]),
        ground=row["ground"],
        opened_at=row["opened_at"],
        why=row["closed_why"] or "",
    )


async def tell_cases(connection: Connection, cases: Sequence[CaseChange]) -> None:
    """Tell a case to both stores, once if they are the same."""
    await announce(
        connection,
        *(
            Announcement(store, Entity.CASE, case.case_id, case)
            for case in cases
            for store in sorted({case.winner.store, case.loser.store})
        ),
    )


def use_key(row: Record) -> UseKey:
    return row["coupon_id"], row["store"], row["redemption_id"]
