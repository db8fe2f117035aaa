"""A price and a promotion begin at one instant in all stores, with the line cut since before it."""

import asyncio
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import msgspec

from agent.base.clock import SECOND_MS, Millis, SystemClock
from agent.domain.promotions.promotion import Promotion
from agent.domain.selling.prices import PlannedPrice
from sync.hq.promotions.taking import Wanted, take_over
from sync.hq.selling.articles import put_articles
from sync.protocol.changes import ArticleChange
from tests.api.till import QUOTES, Till
from tests.lab.books import holds_supply
from tests.lab.chain import Chain
from tests.lab.line import LineCut
from tests.lab.store_site import StoreSite
from tests.lab.until import until

STORES = ("MB001", "MB002")
CHINA = ZoneInfo("Asia/Shanghai")
BEFORE_FEN, AFTER_FEN, OFF_FEN = 1_000, 1_200, 100
AHEAD_MS = 8 * SECOND_MS
"""So long before its begin the price is told: the lines are cut meanwhile."""
APART_MS = 250
"""A store's clock is behind head office's by the way of its last answer."""
LATE_MS = 1_500
"""A quote's way on a busy machine."""


async def test_it_begins_at_one_instant_in_all_stores_that_are_cut_off(tmp_path: Path) -> None:
    async with Chain(stores=STORES, directory=tmp_path) as chain, aiohttp.ClientSession() as http:
        now = SystemClock().wall()
        begins = Millis((now + AHEAD_MS) // SECOND_MS * SECOND_MS)
        await told(chain, begins, now)
        for site in chain.stores.values():
            await site.line.cut(LineCut.REFUSE)
        assert SystemClock().wall() < begins, "too slow a machine: nothing was seen before"
        seen = await asyncio.gather(
            *(
                changes(Till(http, one.place.port, one.api_key()), begins)
                for one in chain.stores.values()
            )
        )
    for last_before, first_after in seen:
        assert last_before <= begins + APART_MS
        assert begins - APART_MS <= first_after <= begins + LATE_MS


async def told(chain: Chain, begins: Millis, now: Millis) -> None:
    """Tell all stores what begins at `begins`; they know it when this returns."""
    milk = ArticleChange(
        sku="A1",
        name="牛奶",
        price_fen=BEFORE_FEN,
        planned=(PlannedPrice(price_fen=AFTER_FEN, starts_at=begins),),
    )
    local = datetime.fromtimestamp(begins / 1_000, CHINA).replace(tzinfo=None)
    promotion = {
        "id": "P1",
        "name": "减1元",
        "effect": {"kind": "amount_off", "off_fen": OFF_FEN},
        "when": {"starts": local.isoformat()},
    }
    wanted = Wanted(
        files=("book.json",), promotions=(msgspec.convert(promotion, Promotion),), rules={}
    )
    async with chain.hq.connection() as db:
        await put_articles(db, [milk])
        await take_over(db, wanted, now=now, at=local)
        for site in chain.stores.values():
            await until(f"{site.code} knows it", partial(_knows, site), timeout_s=30)
            await until(f"{site.code} has all", partial(holds_supply, db, site), timeout_s=30)


async def _knows(site: StoreSite) -> bool:
    with site.database() as db:
        return bool(
            db.execute("SELECT count(*) FROM promotion, article WHERE planned <> ''").fetchone()[0]
        )


async def changes(till: Till, begins: Millis) -> tuple[int, int]:
    """Return when the last quote at the old price was asked, and the first at the new one came."""
    order = {"till": "T1", "cashier": "C7", "lines": [{"sku": "A1", "quantity": 1}]}
    last_before = 0
    while True:
        asked = SystemClock().wall()
        quoted = (await till.post(QUOTES, order)).json
        paid = quoted["total_fen"], quoted["payable_fen"]
        if paid == (AFTER_FEN, AFTER_FEN - OFF_FEN):
            return last_before, SystemClock().wall()
        assert paid == (BEFORE_FEN, BEFORE_FEN), "price and promotion began apart"
        assert asked < begins + LATE_MS, "it never began"
        last_before = asked
