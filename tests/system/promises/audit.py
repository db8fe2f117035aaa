"""The audit after everything came to rest: head office, every store and the books agree."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from asyncpg import Connection

from agent.domain.line.chain import GENESIS, line_hash
from agent.domain.outcome import Reason
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded
from agent.services.coupons.same_code import SameCode
from agent.services.selling.scan import Scan, scan
from agent.store.sqlite import Connection as StoreConnection
from tests.system.promises.books import Fact, Use, keep, pieces_sold, points_earned
from tests.system.promises.chain import Chain
from tests.system.promises.head_office import (
    MEMBERS,
    OPENING_PIECES,
    OPENING_POINTS,
    PRICES_FEN,
    Coupon,
)
from tests.system.promises.store import Store

_STANDING_JOURNAL = """
SELECT e.line FROM event e
WHERE e.store = $1 AND e.epoch = (
    SELECT max(o.epoch) FROM store_epoch o WHERE o.store = $1 AND o.base_seq < e.seq)
ORDER BY e.seq
"""
_POSITION = "SELECT accepted_seq, accepted_hash FROM store_position WHERE store = $1"
_EVENTS = "SELECT event_id::text FROM event WHERE store = $1 AND NOT duplicate"
_SALES = "SELECT sale_id, payable_fen FROM sale WHERE store = $1"
_REDEMPTIONS = "SELECT redemption_id, coupon_id FROM redemption WHERE store = $1"
_REFUNDS = "SELECT refund_id, refunded_fen FROM refund WHERE store = $1"
_REVERSALS = "SELECT redemption_id FROM reversal WHERE store = $1"
_STOCK = "SELECT sku, quantity FROM stock WHERE store = $1"
_POINTS = "SELECT member_id, points FROM member"
_USES = "SELECT store, redemption_id FROM coupon_use WHERE coupon_id = $1 AND reversed_at IS NULL"
_HOLDER = "SELECT store, redemption_id FROM coupon_use WHERE coupon_id = $1 AND holder"
_CASES = """
SELECT case_id, winner_store, winner_redemption_id, loser_store, loser_redemption_id
FROM coupon_case WHERE coupon_id = $1 AND state = 'open'
UNION ALL  -- further uses by which a store lost the coupon again stand in its case
SELECT c.case_id, c.winner_store, c.winner_redemption_id, u.store, u.redemption_id
FROM coupon_use u JOIN coupon_case c ON c.case_id = u.folded_into
WHERE u.coupon_id = $1 AND c.coupon_id = $1 AND c.state = 'open' AND u.reversed_at IS NULL
"""
_CASES_OF_STORE = """
SELECT case_id, state FROM coupon_case WHERE $1 IN (winner_store, loser_store)
"""
_PARKED = "SELECT store, epoch, seq, code, detail FROM parked"


async def audit(chain: Chain, coupons: Sequence[Coupon]) -> None:
    """Compare everything; the chain is drained."""
    repeated = {code: len(chain.book.repeated(code)) for code in chain.stores}
    await _audit_parked_at_hq(chain.hq.db, repeated)
    for code, store in chain.stores.items():
        facts = chain.book.facts(code)
        await _audit_journal(chain, store, chain.book.stores[code].journal)
        await _audit_effects(chain.hq.db, code, facts)
        await _audit_stock(chain, store, chain.book.moving(code))
        await _audit_cases_told(chain.hq.db, store)
        await _audit_parked(chain, store)
    await _audit_points(chain)
    uses = chain.book.uses()
    for coupon in coupons:
        await _audit_coupon(chain, coupon, uses.get(coupon.coupon_id, []))


async def _audit_journal(chain: Chain, store: Store, journal: Sequence[Fact]) -> None:
    """HQ holds exactly the store's journal, 1…n, in the same bytes and under the same hash.

    Of a disk that was set back and has done nothing since it goes on to hold what followed, too.
    """
    db = chain.hq.db
    lines = [fact.line for fact in journal]
    keep(1, f"the journal of {store.code}", lines, await store.lines())
    at_hq = [line for (line,) in await _rows(db, _STANDING_JOURNAL, store.code)]
    if chain.is_at_rest(store.code):
        keep(2, f"the journal of {store.code} in HQ's", lines, at_hq[: len(lines)])
        journal = [Fact.read(line) for line in at_hq]
        lines = at_hq
    keep(2, f"the journal of {store.code} at HQ", lines, at_hq)
    last = GENESIS
    for seq, fact in enumerate(journal, 1):
        keep(2, "the chain", (seq, last.hex()), (fact.envelope.seq, fact.envelope.prev_hash))
        last = line_hash(fact.line)
    keep(2, "HQ's position", [(len(lines), last)], await _rows(db, _POSITION, store.code))


async def _audit_effects(db: Connection, code: str, facts: Sequence[Fact]) -> None:
    """Each event took effect at HQ once, and no other did."""
    sales = [fact.body for fact in facts if isinstance(fact.body, SaleRecorded)]
    refunds = [fact.body for fact in facts if isinstance(fact.body, SaleRefunded)]
    uses = [use for fact in facts for use in fact.redemptions]
    expected: dict[str, Iterable[tuple[Any, ...]]] = {
        _EVENTS: [(fact.event_id,) for fact in facts],
        _SALES: [(sale.sale_id, sale.payable_fen) for sale in sales],
        _REDEMPTIONS: [(use.redemption_id, use.coupon_id) for use in uses],
        _REFUNDS: [(refund.refund_id, refund.refunded_fen) for refund in refunds],
        _REVERSALS: [(redemption_id,) for fact in facts for redemption_id in fact.taken_back],
    }
    for query, rows in expected.items():
        keep(2, f"{code}: {query}", Counter(rows), Counter(await _rows(db, query, code)))


async def _audit_stock(chain: Chain, store: Store, facts: Sequence[Fact]) -> None:
    """Opening + delivered − sold, at HQ and in the store."""
    sold, delivered = pieces_sold(facts), chain.book.pieces
    expected = {
        sku: OPENING_PIECES + delivered[store.code, sku] - sold.get(sku, 0) for sku in PRICES_FEN
    }
    keep(4, f"{store.code} at HQ", expected, dict(await _rows(chain.hq.db, _STOCK, store.code)))
    keep(4, f"in {store.code}", expected, await _pairs(store, "SELECT sku, quantity FROM stock"))


async def _audit_points(chain: Chain) -> None:
    """Opening + earned, at HQ and in every store."""
    expected = Counter(dict.fromkeys(MEMBERS, OPENING_POINTS))
    for code in chain.stores:
        expected.update(points_earned(chain.book.moving(code)))
    keep(2, "points at HQ", dict(expected), dict(await _rows(chain.hq.db, _POINTS)))
    for code, store in chain.stores.items():
        points = await _pairs(store, "SELECT member_id, points FROM member")
        keep(2, f"points in {code}", dict(expected), points)


async def _audit_cases_told(db: Connection, store: Store) -> None:
    """The store has every case that concerns it, as it stands."""
    told = await _pairs(store, "SELECT case_id, state FROM case_file")
    keep(3, f"cases told to {store.code}", dict(await _rows(db, _CASES_OF_STORE, store.code)), told)


async def _audit_parked_at_hq(db: Connection, repeated: Mapping[str, int]) -> None:
    """Nothing but refunds that a disk which was set back had given before."""
    expected = Counter({(code, "refund_repeated"): n for code, n in repeated.items() if n})
    found = Counter(tuple(row) for row in await _rows(db, "SELECT store, code FROM parked"))
    keep(5, f"parked at HQ: {await _rows(db, _PARKED)}", expected, found)


async def _audit_parked(chain: Chain, store: Store) -> None:
    told = await _pairs(
        store, "SELECT j.seq, p.code FROM parked_at_hq p JOIN journal j USING (event_id)"
    )
    journal = chain.book.stores[store.code].journal
    repeated = {fact.event_id for fact in chain.book.repeated(store.code)}
    expected = {
        fact.envelope.seq: "refund_repeated" for fact in journal if fact.event_id in repeated
    }
    keep(5, f"parked events of {store.code}", expected, told)
    changes = await _pairs(store, "SELECT entity, why FROM parked_change")
    keep(5, f"parked changes of {store.code}", {}, changes)


async def _audit_coupon(chain: Chain, coupon: Coupon, uses: Sequence[Use]) -> None:
    """All uses are known, one holds the coupon, each other one has its case; every store knows."""
    db, coupon_id = chain.hq.db, coupon.coupon_id
    standing = Counter((use.store, use.redemption.redemption_id) for use in uses)
    keep(3, f"uses of {coupon}", standing, Counter(await _rows(db, _USES, coupon_id)))
    holders = await _rows(db, _HOLDER, coupon_id)
    keep(3, f"holders of {coupon}", min(1, len(uses)), len(holders))
    cases = await _rows(db, _CASES, coupon_id)
    keep(3, f"open cases of {coupon}", max(0, len(uses) - 1), len(cases))
    losers = {(case[3], case[4]) for case in cases}
    keep(3, f"holder of {coupon} lost a case", set(), {*holders} & losers)
    sides = {side for case in cases for side in ((case[1], case[2]), (case[3], case[4]))}
    keep(3, f"uses of {coupon} in cases", set(standing) if cases else set(), sides)
    for store in chain.stores.values():
        expected = _expected_reason(chain, store.code, coupon, bool(uses))
        answer = await scan(store.desk, Scan(code=coupon.token), SameCode())
        reason = answer.verdict.reason if answer.verdict else None
        keep(3, f"{coupon} scanned in {store.code}", expected, reason)


def _expected_reason(chain: Chain, code: str, coupon: Coupon, used: bool) -> Reason | None:
    """What a store says that knows everything; None: accepted for certain."""
    if coupon.store not in (None, code):
        return Reason.WRONG_STORE
    if coupon.coupon_id in chain.book.revoked:
        return Reason.REVOKED
    if used or coupon.coupon_id in chain.book.stores[code].in_use():
        return Reason.ALREADY_USED
    return Reason.CHAIN_WIDE if coupon.store is None else None


async def _rows(db: Connection, query: str, *args: object) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await db.fetch(query, *args)]


async def _pairs(store: Store, query: str) -> Mapping[Any, Any]:
    def read(db: StoreConnection) -> Mapping[Any, Any]:
        return dict(db.execute(query).fetchall())

    return await store.database.read(read)
