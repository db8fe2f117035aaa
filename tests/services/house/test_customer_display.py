"""What the customer sees: the line just added, the total, the change, a thank-you, the store."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import asdict

from agent.base.clock import Millis
from agent.domain.basket import Line
from agent.domain.outcome import Sentence
from agent.services.desk.news import MAX_UNREAD, Item, News, Topic
from agent.services.house.customer_display import WORDS, CustomerScreen
from agent.services.selling.answer import PricedLine
from agent.services.selling.open_basket import PricedBasket
from agent.services.selling.sell import SalePaid
from drivers.display.options import DisplayOptions
from drivers.plain import columns_of
from drivers.ports import DeviceState, DeviceStatus

COLUMNS = 20
THANKS, WELCOME = WORDS["gb18030"].thanks, WORDS["gb18030"].welcome
TIMEOUT_S = 5.0
RICE = Line(sku="RICE", name="大米 5kg", quantity=1, unit_price_fen=5_990, amount_fen=5_990)
COLA = Line(sku="COLA", name="可乐", quantity=2, unit_price_fen=350, amount_fen=700)


class Glass:
    """Implements drivers.ports.CustomerDisplay: keeps what it was told to show."""

    name = address = "glass"
    status = DeviceStatus(state=DeviceState.CONNECTED, since=Millis(0))

    def __init__(self) -> None:
        self.shown: asyncio.Queue[tuple[str, str]] = asyncio.Queue()

    async def run(self) -> None:
        """Nothing to be kept connected."""

    def show(self, upper: str, lower: str) -> None:
        self.shown.put_nowait((upper, lower))

    async def next(self) -> tuple[str, str]:
        """Return what is shown next."""
        async with asyncio.timeout(TIMEOUT_S):
            return await self.shown.get()


@pytest.fixture
def news() -> News:
    return News()


@pytest.fixture
async def glass(news: News) -> AsyncIterator[Glass]:
    display = Glass()
    screen = CustomerScreen(
        display,
        news=news,
        till="T1",
        options=DisplayOptions(columns=COLUMNS),
        store_name="徐家汇店",
        nudge_after_s=0.05,
        thanks_s=0.05,
        idle_s=0.05,
    )
    screen.start()
    assert await display.next() == ("徐家汇店", WELCOME)
    await asyncio.sleep(0)  # it listens
    yield display
    await screen.stop()


def basket(*lines: Line, till: str = "T1", nudge: Sentence | None = None) -> Item:
    total = sum(line.amount_fen for line in lines)
    priced = PricedBasket(
        till=till,
        basket_id="b1" if lines else None,
        revision="",
        at=None,
        lines=tuple(
            PricedLine(**asdict(line), net_fen=line.amount_fen, allocations=()) for line in lines
        ),
        coupons=(),
        member=None,
        total_fen=total,
        discount_fen=0,
        payable_fen=total,
        points_earned=0,
        nudge_short=nudge,
    )
    return Item(topic=Topic.BASKET, till=till, facts=priced)


def paid(**amounts: Any) -> Item:
    return Item(topic=Topic.SALE, till="T1", facts=SalePaid(sale_id="s", receipt="r", **amounts))


async def test_the_line_just_added_and_the_total_are_shown_as_wide_as_the_display(
    news: News, glass: Glass
) -> None:
    news.publish(basket(RICE))
    assert await glass.next() == ("大米 5kg       59.90", "合计         ￥59.90")
    news.publish(basket(RICE, COLA))
    upper, lower = await glass.next()
    assert (upper, lower) == ("可乐            7.00", "合计         ￥66.90")
    assert columns_of(upper) == columns_of(lower) == COLUMNS


async def test_what_a_little_more_would_bring_follows_above_the_total(
    news: News, glass: Glass
) -> None:
    news.publish(basket(RICE, nudge=Sentence("再买40.10减20元", "40.10 MORE: -20")))
    assert (await glass.next())[0] == "大米 5kg       59.90"
    assert await glass.next() == ("再买40.10减20元", "合计         ￥59.90")


async def test_a_changed_line_is_shown_wherever_it_stands(news: News, glass: Glass) -> None:
    news.publish(basket(RICE, COLA))
    await glass.next()
    more = Line(sku="RICE", name="大米 5kg", quantity=2, unit_price_fen=5_990, amount_fen=11_980)
    news.publish(basket(more, COLA))
    assert (await glass.next())[0].startswith("大米 5kg")


async def test_a_long_name_gives_way_to_its_price(news: News, glass: Glass) -> None:
    news.publish(basket(Line(**_fields(RICE) | {"name": "有机黑木耳东北特产礼盒装"})))
    upper, _ = await glass.next()
    assert upper.endswith(" 59.90")
    assert columns_of(upper) <= COLUMNS


async def test_after_the_sale_come_change_thanks_and_the_store_s_name(
    news: News, glass: Glass
) -> None:
    news.publish(basket(RICE))
    await glass.next()
    news.publish(paid(payable_fen=5_990, change_fen=4_010))
    news.publish(basket())  # sold: the basket is cleared with the sale
    assert await glass.next() == ("合计         ￥59.90", "找零         ￥40.10")
    assert await glass.next() == (THANKS, "徐家汇店")
    assert await glass.next() == ("徐家汇店", WELCOME)


async def test_a_display_without_chinese_speaks_english_in_the_same_columns(news: News) -> None:
    display = Glass()
    options = DisplayOptions(columns=COLUMNS, characters="ascii")
    screen = CustomerScreen(display, news=news, till="T1", options=options, store_name="MB001")
    screen.start()
    assert await display.next() == ("MB001", "WELCOME")
    await asyncio.sleep(0)  # it listens
    news.publish(basket(Line(**_fields(COLA) | {"name": "可乐 Cola 330ml"})))
    assert await display.next() == ("?? Cola 330ml   7.00", "TOTAL          Y7.00")
    news.publish(basket(COLA))
    assert await display.next() == ("COLA            7.00", "TOTAL          Y7.00")
    news.publish(paid(payable_fen=700, change_fen=300))
    assert await display.next() == ("TOTAL          Y7.00", "CHANGE         Y3.00")
    await screen.stop()


async def test_without_change_it_says_thanks_at_once(news: News, glass: Glass) -> None:
    news.publish(paid(payable_fen=5_990, change_fen=0))
    assert await glass.next() == ("合计         ￥59.90", THANKS)


async def test_no_customer_is_shown_what_is_practised(news: News, glass: Glass) -> None:
    news.practised().publish(basket(RICE, COLA))
    news.practised().publish(paid(payable_fen=6_690, change_fen=310))
    news.publish(basket(RICE))
    assert await glass.next() == ("大米 5kg       59.90", "合计         ￥59.90")


async def test_a_cleared_basket_shows_the_store_s_name(news: News, glass: Glass) -> None:
    news.publish(basket(RICE))
    await glass.next()
    news.publish(basket())
    assert await glass.next() == ("徐家汇店", WELCOME)


async def test_another_till_s_basket_is_not_shown(news: News, glass: Glass) -> None:
    news.publish(basket(COLA, till="T2"))
    news.publish(basket(RICE))
    assert (await glass.next())[0].startswith("大米")


async def test_a_screen_that_fell_behind_goes_on_with_the_next_basket(
    news: News, glass: Glass
) -> None:
    for _ in range(MAX_UNREAD + 2):
        news.publish(basket(COLA, till="T2"))
    for _ in range(MAX_UNREAD + 5):
        await asyncio.sleep(0)
    news.publish(basket(RICE))
    assert (await glass.next())[0].startswith("大米")


def _fields(line: Line) -> dict[str, Any]:
    return {name: getattr(line, name) for name in line.__struct_fields__}
