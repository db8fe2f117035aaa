"""A price told before it begins counts from its first instant on, wherever one is asked."""

import msgspec
import pytest

from agent.base.clock import DAY_MS, Millis
from agent.domain.barcodes.gtin import check_digit
from agent.domain.selling.prices import PlannedPrice
from agent.services.coupons.same_code import SameCode
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import LineOrder
from agent.services.line.apply_changes import ChangeApplier
from agent.services.selling.lookup import ArticleQuery, find_articles, find_stock
from agent.services.selling.quick import quick_articles
from agent.services.selling.scan import Scan, scan
from agent.services.selling.sell import Quote, Sale, SaleAnswer, quote, sell
from sync.protocol.changes import ArticleChange
from tests.services.feed import change, page
from tests.services.stopped_clock import StoppedClock

MIDNIGHT = Millis(1_767_283_200_000)
"""2026-01-02 00:00 in Shanghai: half a day after the tests' noon."""
APPLES = "APPLE"
PACK = "9690123456789" + check_digit("9690123456789")
"""GTIN-14 of a pack of variable measure (indicator 9)."""
NEW_YEAR = PlannedPrice(price_fen=1_200, starts_at=MIDNIGHT)
SPECIAL = PlannedPrice(price_fen=800, starts_at=MIDNIGHT + DAY_MS, ends_at=MIDNIGHT + 2 * DAY_MS)


@pytest.fixture
async def planned(desk: StoreDesk) -> StoreDesk:
    """A store that knows tomorrow's price of apples, and a special one of the day after."""
    told = ArticleChange(
        sku=APPLES, name="苹果", price_fen=1_000, gtin="", planned=(NEW_YEAR, SPECIAL)
    )
    await ChangeApplier(desk).apply(
        page(change("article", APPLES, **msgspec.to_builtins(told)), at=desk.time.now())
    )
    return desk


async def quoted(desk: StoreDesk) -> int:
    order = Quote(till="T1", cashier="C7", lines=(LineOrder(sku=APPLES),))
    return (await quote(desk, order)).payable_fen


async def test_it_counts_from_its_first_instant_on(planned: StoreDesk, clock: StoppedClock) -> None:
    for at, price in (
        (MIDNIGHT - 1, 1_000),
        (MIDNIGHT, 1_200),
        (MIDNIGHT + DAY_MS - 1, 1_200),
        (MIDNIGHT + DAY_MS, 800),
        (MIDNIGHT + 2 * DAY_MS, 1_200),
    ):
        clock.advance(at - clock.now)
        assert await quoted(planned) == price, at
        [found] = (await find_articles(planned, ArticleQuery(query="苹果"))).articles
        [tile] = (await quick_articles(planned)).articles
        stock = await find_stock(planned, APPLES)
        assert (found.price_fen, tile.price_fen, stock.price_fen) == (price, price, price)


async def test_a_sale_and_a_weighed_line_go_by_it(planned: StoreDesk, clock: StoppedClock) -> None:
    clock.advance(MIDNIGHT - clock.now)
    half = {"sku": APPLES, "weight_g": 500}
    order = msgspec.convert(
        {
            "till": "T1",
            "cashier": "C7",
            "lines": [half],
            "tenders": [{"kind": "cash", "amount_fen": 600}],
        },
        Sale,
    )
    answer = await sell(planned, order, Ticket(client="c", key="1", request_hash=b""))
    sold = msgspec.json.decode(answer.body, type=SaleAnswer, strict=False)
    assert (sold.recorded, sold.payable_fen) == (True, 600)


async def test_what_is_told_of_an_article_is_what_it_costs_and_what_it_will(
    planned: StoreDesk, clock: StoppedClock
) -> None:
    stock = await find_stock(planned, APPLES)
    assert (stock.price_fen, stock.planned) == (1_000, (NEW_YEAR, SPECIAL))
    clock.advance(MIDNIGHT + DAY_MS - clock.now)
    stock = await find_stock(planned, APPLES)
    assert (stock.price_fen, stock.planned) == (800, (SPECIAL,))


async def test_a_label_of_the_scales_without_a_price_goes_by_it(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    """A maker's pack of variable measure with its weight alone, AI 310n."""
    told = ArticleChange(sku=APPLES, name="苹果", price_fen=1_000, gtin=PACK, planned=(NEW_YEAR,))
    known = change("article", APPLES, **msgspec.to_builtins(told))
    await ChangeApplier(desk).apply(page(known, at=desk.time.now()))
    for at, price in ((MIDNIGHT - 1, 500), (MIDNIGHT, 600)):
        clock.advance(at - clock.now)
        scanned = await scan(desk, Scan(code=f"]C101{PACK}3103000500", till=None), SameCode())
        assert scanned.line is not None, scanned
        assert scanned.line.unit_price_fen == price
