"""Cases: uses that stand against the one that holds their coupon, judged and shown to both stores.

Every statement here runs with the coupons locked.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from asyncpg import Connection, Record

from agent.base.clock import Millis
from agent.base.ids import uuid7
from agent.domain.coupons.case import CLAIM_CLOCKS_MS, RECOVERED_MS, Use, judge
from sync.hq.errors import AdminError
from sync.hq.feed.announce import Announcement, announce
from sync.protocol.changes import CaseChange, CaseState, CaseUse
from sync.protocol.messages import Entity

_UNJUDGED = """
SELECT u.coupon_id, u.store, u.redemption_id, u.bound, u.at_risk, u.discount_fen,
    u.occurred_at, u.received_at, u.after_at, u.holder, u.epoch, u.seq,
    EXISTS (
        SELECT FROM coupon_use o WHERE o.coupon_id = u.coupon_id AND o.store <> u.store
        AND o.redemption_id = u.redemption_id AND NOT u.holder
        AND (o.holder OR o.received_at <= u.received_at)) AS copied,
    EXISTS (
        SELECT FROM coupon_claim l WHERE (l.coupon_id, l.store) = (u.coupon_id, u.store)
        AND u.occurred_at BETWEEN l.claimed_at - $2 AND l.ends_at + $2) AS claimed,
    EXISTS (
        SELECT FROM store_epoch p WHERE p.store = u.store AND p.epoch BETWEEN 2 AND u.epoch
        AND p.begun_at IS NOT NULL
        AND u.occurred_at >= p.heard_until AND u.occurred_at < p.opened_at
        AND u.received_at < p.opened_at + $3) AS recovered
FROM coupon_use u
WHERE u.coupon_id = ANY($1) AND u.reversed_at IS NULL AND (u.holder OR NOT EXISTS (
    SELECT FROM coupon_case c WHERE c.coupon_id = u.coupon_id
    AND (c.state = 'open' OR c.closed_why IS NOT NULL)
    AND (c.loser_store, c.loser_redemption_id) = (u.store, u.redemption_id)))
ORDER BY u.coupon_id, u.received_at, u.holder DESC, u.store, u.epoch, u.seq
"""

_RELEASE = """
UPDATE coupon_use SET holder = false WHERE coupon_id = ANY($1) AND holder
"""

_HOLD = """
UPDATE coupon_use u SET holder = true
FROM unnest($1::text[], $2::text[], $3::text[]) AS w (coupon_id, store, redemption_id)
WHERE (u.coupon_id, u.store, u.redemption_id) = (w.coupon_id, w.store, w.redemption_id)
"""

_OPEN = """
INSERT INTO coupon_case (coupon_id, case_id, state, ground, winner_store, winner_redemption_id,
    loser_store, loser_redemption_id, opened_at)
VALUES ($1, $2, 'open', $3, $4, $5, $6, $7, $8)
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

_PARK = """
INSERT INTO parked (store, epoch, seq, code, detail, parked_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""

BACKDATED = "time_goes_back"

_USES = """
SELECT coupon_id, store, redemption_id, at_risk, discount_fen, occurred_at
FROM coupon_use WHERE coupon_id = ANY($1)
"""


async def judge_contested(
    connection: Connection, coupon_ids: Sequence[str], *, now: int
) -> set[str]:
    """Open a case for each use that stands against its coupon's holder and has lost no open one.

    The winner holds the coupon from now on; return the coupons that changed hands by that.
    """
    rows = await connection.fetch(_UNJUDGED, coupon_ids, CLAIM_CLOCKS_MS, RECOVERED_MS)
    await _show_backdated(connection, rows, now=now)
    by_use = {_key(row): row for row in rows}
    cases: list[CaseChange] = []
    new_holders: list[Record] = []
    for _, uses in groupby(rows, key=lambda row: row["coupon_id"]):
        opened = list(_judge_coupon(list(uses), now))
        cases += opened
        holder = by_use[_case_key(opened[-1], opened[-1].winner)] if opened else None
        if holder is not None and not holder["holder"]:
            new_holders.append(holder)
    if cases:
        await connection.executemany(_OPEN, [_case_row(case) for case in cases])
        await _change_hands(connection, new_holders)
        await _tell(connection, cases)
    return {row["coupon_id"] for row in new_holders}


async def _show_backdated(connection: Connection, rows: Sequence[Record], *, now: int) -> None:
    """Park the uses of which two want a coupon and whose time contradicts their own journal."""
    wanted = Counter(row["coupon_id"] for row in rows)
    backdated = [
        (row["store"], row["epoch"], row["seq"], BACKDATED, row["coupon_id"], now)
        for row in rows
        if wanted[row["coupon_id"]] > 1 and _use(row).goes_back
    ]
    if backdated:
        await connection.executemany(_PARK, backdated)


async def close_cases(
    connection: Connection, reversed_uses: Sequence[Record], *, store: str, now: int
) -> None:
    """Close the open cases of uses of `store` that are reversed now."""
    coupon_ids = [row["coupon_id"] for row in reversed_uses]
    redemption_ids = [row["redemption_id"] for row in reversed_uses]
    closed = await connection.fetch(_CLOSE, coupon_ids, redemption_ids, store, now)
    if closed:
        uses = await connection.fetch(_USES, [row["coupon_id"] for row in closed])
        by_use = {_key(row): row for row in uses}
        await _tell(connection, [_closed(row, by_use) for row in closed])


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
        await _tell(connection, [_closed(closed, {_key(row): row for row in uses})])


_UseKey = tuple[str, str, str]
"""coupon_id, store, redemption_id"""


def _judge_coupon(uses: Sequence[Record], now: int) -> Iterator[CaseChange]:
    """The cases of one coupon, its uses in the order that HQ heard of them; the last winner holds.

    Each use that holds nothing is judged against the one that holds the coupon by then.
    """
    holding = next(use for use in uses if use["holder"])
    for use in uses:
        if use["holder"]:
            continue
        first, second = (holding, use) if _earlier(uses, holding, use) else (use, holding)
        verdict = judge(_use(first), _use(second))
        won = verdict.winner == _use(use)
        winner, loser = (use, holding) if won else (holding, use)
        yield CaseChange(
            case_id=uuid7(Millis(now)),
            coupon_id=use["coupon_id"],
            state=CaseState.OPEN,
            winner=_side(winner),
            loser=_side(loser),
            ground=verdict.ground,
            opened_at=now,
        )
        holding = winner


def _earlier(uses: Sequence[Record], one: Record, other: Record) -> bool:
    return uses.index(one) < uses.index(other)


def _use(row: Record) -> Use:
    return Use(
        store=row["store"],
        redemption_id=row["redemption_id"],
        bound=row["bound"],
        occurred_at=row["occurred_at"],
        received_at=row["received_at"],
        after_at=row["after_at"],
        recovered=row["recovered"],
        copied=row["copied"],
        claimed=row["claimed"],
    )


def _side(row: Record) -> CaseUse:
    return CaseUse(
        store=row["store"],
        redemption_id=row["redemption_id"],
        occurred_at=row["occurred_at"],
        at_risk=row["at_risk"],
        discount_fen=row["discount_fen"],
    )


def _closed(row: Record, by_use: Mapping[_UseKey, Record]) -> CaseChange:
    coupon_id = row["coupon_id"]
    return CaseChange(
        case_id=row["case_id"],
        coupon_id=coupon_id,
        state=CaseState.CLOSED,
        winner=_side(by_use[coupon_id, row["winner_store"], row["winner_redemption_id"]]),
        loser=_side(by_use[coupon_id, row["loser_store"], row["loser_redemption_id"]]),
        ground=row["ground"],
        opened_at=row["opened_at"],
        why=row["closed_why"] or "",
    )


def _case_row(case: CaseChange) -> tuple[object, ...]:
    sides = case.winner, case.loser
    uses = [value for side in sides for value in (side.store, side.redemption_id)]
    return case.coupon_id, case.case_id, case.ground, *uses, case.opened_at


async def _change_hands(connection: Connection, new_holders: Sequence[Record]) -> None:
    keys = [_key(row) for row in new_holders]
    if keys:
        coupon_ids, stores, redemption_ids = zip(*keys, strict=True)
        await connection.execute(_RELEASE, coupon_ids)
        await connection.execute(_HOLD, coupon_ids, stores, redemption_ids)


async def _tell(connection: Connection, cases: Sequence[CaseChange]) -> None:
    """Tell a case to both stores, once if they are the same."""
    await announce(
        connection,
        *(
            Announcement(store, Entity.CASE, case.case_id, case)
            for case in cases
            for store in sorted({case.winner.store, case.loser.store})
        ),
    )


def _key(row: Record) -> _UseKey:
    return row["coupon_id"], row["store"], row["redemption_id"]


def _case_key(case: CaseChange, side: CaseUse) -> _UseKey:
    return case.coupon_id, side.store, side.redemption_id
