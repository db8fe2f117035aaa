"""Judging: uses that stand against the one that holds their coupon become cases.

Every statement here runs with the coupons locked.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from asyncpg import Connection, Record

from agent.base.clock import Millis
from agent.base.ids import uuid7
from agent.domain.coupons.case import CLAIM_CLOCKS_MS, RECOVERED_MS, Use, judge
from sync.hq.settlement.cases import UseKey, side_of, tell_cases, use_key
from sync.protocol.changes import CaseChange, CaseState, CaseUse

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
WHERE u.coupon_id = ANY($1) AND u.reversed_at IS NULL
AND (u.holder OR u.folded_into IS NULL AND NOT EXISTS (
    SELECT FROM coupon_case c WHERE c.coupon_id = u.coupon_id
    AND (c.state = 'open' OR c.closed_why IS NOT NULL)
    AND (c.loser_store, c.loser_redemption_id) = (u.store, u.redemption_id)))
ORDER BY u.coupon_id, u.received_at, u.holder DESC, u.store, u.epoch, u.seq
"""

_STANDING = """
SELECT coupon_id, loser_store, case_id FROM coupon_case
WHERE coupon_id = ANY($1) AND state = 'open'
"""

_FOLD = """
UPDATE coupon_use u SET folded_into = f.case_id
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    AS f (coupon_id, store, redemption_id, case_id)
WHERE (u.coupon_id, u.store, u.redemption_id) = (f.coupon_id, f.store, f.redemption_id)
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

_PARK = """
INSERT INTO parked (store, epoch, seq, code, detail, parked_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""

BACKDATED = "time_goes_back"


async def judge_contested(
    connection: Connection, coupon_ids: Sequence[str], *, now: int
) -> set[str]:
    """Open a case for each use that stands against its coupon's holder and has lost no open one.

    A further use by which the same store loses the same coupon is folded into its open case. The
    winner holds the coupon from now on; return the coupons that changed hands by that.
    """
    rows = await connection.fetch(_UNJUDGED, coupon_ids, CLAIM_CLOCKS_MS, RECOVERED_MS)
    await _show_backdated(connection, rows, now=now)
    by_use = {use_key(row): row for row in rows}
    cases: list[CaseChange] = []
    folded: list[_Folded] = []
    new_holders: list[Record] = []
    standing = await _standing(connection, coupon_ids)
    for coupon_id, uses in groupby(rows, key=lambda row: row["coupon_id"]):
        judged = list(_judge_coupon(list(uses), now, standing[coupon_id]))
        opened = [one for one in judged if isinstance(one, CaseChange)]
        folded += [one for one in judged if isinstance(one, _Folded)]
        cases += opened
        holder = by_use[_case_key(opened[-1], opened[-1].winner)] if opened else None
        if holder is not None and not holder["holder"]:
            new_holders.append(holder)
    if cases:
        await connection.executemany(_OPEN, [_case_row(case) for case in cases])
        await _change_hands(connection, new_holders)
        await tell_cases(connection, cases)
    if folded:
        await connection.execute(_FOLD, *map(list, zip(*folded, strict=True)))
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


class _Folded(NamedTuple):
    """A further use by which a store loses a coupon that it has lost already."""

    coupon_id: str
    store: str
    redemption_id: str
    case_id: str


async def _standing(
    connection: Connection, coupon_ids: Sequence[str]
) -> defaultdict[str, dict[str, str]]:
    """By coupon: the open case of each store that lost it."""
    standing: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in await connection.fetch(_STANDING, coupon_ids):
        standing[row["coupon_id"]][row["loser_store"]] = row["case_id"]
    return standing


def _judge_coupon(
    uses: Sequence[Record], now: int, standing: dict[str, str]
) -> Iterator[CaseChange | _Folded]:
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
        if not won and use["store"] in standing:
            yield _Folded(*use_key(use), standing[use["store"]])
            continue
        winner, loser = (use, holding) if won else (holding, use)
        standing[loser["store"]] = case_id = uuid7(Millis(now))
        yield CaseChange(
            case_id=case_id,
            coupon_id=use["coupon_id"],
            state=CaseState.OPEN,
            winner=side_of(winner),
            loser=side_of(loser),
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


def _case_row(case: CaseChange) -> tuple[object, ...]:
    sides = case.winner, case.loser
    uses = [value for side in sides for value in (side.store, side.redemption_id)]
    return case.coupon_id, case.case_id, case.ground, *uses, case.opened_at


async def _change_hands(connection: Connection, new_holders: Sequence[Record]) -> None:
    keys = [use_key(row) for row in new_holders]
    if keys:
        coupon_ids, stores, redemption_ids = zip(*keys, strict=True)
        await connection.execute(_RELEASE, coupon_ids)
        await connection.execute(_HOLD, coupon_ids, stores, redemption_ids)


def _case_key(case: CaseChange, side: CaseUse) -> UseKey:
    return case.coupon_id, side.store, side.redemption_id
