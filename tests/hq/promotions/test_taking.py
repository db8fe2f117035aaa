"""What is taken over is told to every store, each change a version that head office keeps."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from agent.base.clock import Millis
from agent.domain.promotions.promotion import Promotion
from sync.hq.promotions.book import KEPT_IN_FEED
from sync.hq.promotions.taking import Wanted, take_over
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import NOON

OFF = {"kind": "amount_off", "off_fen": 100}
TODAY = datetime(2026, 12, 1)  # noqa: DTZ001  # local time of the stores


def wanted(*promotions: dict[str, Any], **rules: Any) -> Wanted:
    named = [{"name": one["id"], "effect": OFF, **one} for one in promotions]
    return Wanted(
        files=("book.json",),
        promotions=msgspec.convert(named, tuple[Promotion, ...]),
        rules=rules,
    )


async def test_every_store_is_told_each_new_version_and_the_rules(
    hq: HeadOffice, store: StoreClient
) -> None:
    await take_over(hq.db, wanted({"id": "A"}, {"id": "B"}), now=NOON, at=TODAY)
    await take_over(hq.db, wanted({"id": "A", "priority": 1}), now=NOON, at=TODAY)
    told = await store.changes("promotion")
    assert [(one["promotion"]["id"], one["version"]) for one in told] == [
        ("A", 1),
        ("B", 1),
        ("A", 2),
    ]
    [rules] = await store.changes("price_rules")
    assert rules["version"] == 1
    versions = await hq.db.fetch("SELECT promotion, version FROM promotion_version ORDER BY 1, 2")
    assert [tuple(row) for row in versions] == [("A", 1), ("A", 2), ("B", 1)]


async def test_what_ended_long_ago_leaves_the_feed_and_never_head_office(
    hq: HeadOffice, store: StoreClient
) -> None:
    old = {"id": "OLD", "when": {"ends": "2026-12-31"}}
    await take_over(hq.db, wanted(old), now=NOON, at=TODAY)
    last = datetime(2027, 1, 1) + KEPT_IN_FEED  # noqa: DTZ001  # local time of the stores
    for at, gone in ((last - timedelta(seconds=1), False), (last, True)):
        await take_over(hq.db, wanted({"id": "NEW", "name": str(at)}), now=NOON, at=at)
        told = [one for one in await store.changes("promotion") if one is None]
        assert len(told) == gone
    assert await hq.db.fetchval("SELECT count(*) FROM promotion_version WHERE promotion = 'OLD'")
    await take_over(hq.db, wanted({"id": "OLD"}), now=NOON, at=last)
    assert (await store.changes("promotion"))[-1]["version"] == 2


async def test_two_clerks_at_once_get_versions_one_after_the_other(
    hq: HeadOffice, store: StoreClient, hq_dsn: str
) -> None:
    second = await asyncpg.connect(hq_dsn)
    try:
        await asyncio.gather(
            *(
                take_over(db, wanted({"id": "A", "priority": n}), now=Millis(NOON + n), at=TODAY)
                for n, db in enumerate((hq.db, second), 1)
            )
        )
    finally:
        await second.close()
    told = await store.changes("promotion")
    assert [one["version"] for one in told] == [1, 2]
    assert await hq.db.fetchval("SELECT version FROM promotion") == 2
