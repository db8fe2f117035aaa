"""Whose turn it is to be settled: found at one cost for any number of stores, and in rounds."""

import json

from sync.hq.settlement.settler import settle
from sync.hq.settlement.stretch import MAX_STRETCH_USES
from sync.protocol.limits import MAX_BATCH_EVENTS
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON
from tests.hq.settlement.uses import redeemed

_MANY = 3_000
_ADD_STORES = """
INSERT INTO store_settlement (store) SELECT 'X' || n FROM generate_series(1, $1) AS n
"""
_CLAIM = "SELECT * FROM settlement_claim(NULL, 500, 500, 0)"
_SETTLED = "SELECT store, count(*) FROM coupon_use GROUP BY store ORDER BY store"


async def _pages_read(hq: HeadOffice) -> int:
    """Pages that PostgreSQL touches to claim the next stretch."""
    transaction = hq.db.transaction()
    await transaction.start()
    (text,) = await hq.db.fetchrow(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {_CLAIM}")
    await transaction.rollback()
    plan = json.loads(text)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def test_finding_the_next_store_costs_the_same_however_many_stores_there_are(
    hq: HeadOffice, store: StoreClient
) -> None:
    await redeemed(store, *await hq.issue(2))
    few = await _pages_read(hq)
    await hq.db.execute(_ADD_STORES, _MANY)
    await hq.db.execute("ANALYZE store_settlement")
    assert await _pages_read(hq) <= few + 2  # the index is a level deeper
    assert await hq.settle() == 1
    assert await hq.rows("SELECT settled_seq FROM store_settlement WHERE store = 'MB001'") == [(2,)]


async def test_a_store_that_sends_many_uses_keeps_no_other_waiting_for_all_of_them(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    many = MAX_STRETCH_USES + 1
    coupon_ids = await hq.issue(many + 1)
    journal = store.journal()
    for coupon_id in coupon_ids[:many]:
        journal.redeem(coupon_id, bound=False)
    await store.send(journal, 1, MAX_BATCH_EVENTS)
    await store.send(journal, MAX_BATCH_EVENTS + 1)
    await redeemed(other, coupon_ids[-1])

    turns = []
    while await settle(hq.db, limit=10 * many, now=NOON):
        turns.append(await hq.rows(_SETTLED))

    first = ("MB001", MAX_STRETCH_USES)
    assert turns == [[first], [first, ("MB002", 1)], [("MB001", many), ("MB002", 1)]]
