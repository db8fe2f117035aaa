"""What the customer reads on eight digits: the price, then the total; the change; nothing owed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from agent.base.clock import Millis
from agent.services.desk.news import News
from agent.services.house.customer_figures import CustomerFigures
from drivers.ports import DeviceState, DeviceStatus, Figure, Lamp
from tests.services.house.test_customer_display import COLA, RICE, TIMEOUT_S, basket, paid

NOTHING_OWED = Figure(fen=0)


class Digits:
    """Implements drivers.ports.FigureDisplay: keeps what it was told to show."""

    name = address = "digits"
    status = DeviceStatus(state=DeviceState.CONNECTED, since=Millis(0))

    def __init__(self) -> None:
        self.shown: asyncio.Queue[Figure] = asyncio.Queue()

    async def run(self) -> None:
        """Nothing to be kept connected."""

    def show_figure(self, figure: Figure) -> None:
        self.shown.put_nowait(figure)

    async def next(self) -> Figure:
        """Return what is shown next."""
        async with asyncio.timeout(TIMEOUT_S):
            return await self.shown.get()


@pytest.fixture
def news() -> News:
    return News()


@asynccontextmanager
async def showing(
    news: News, *, price_s: float = 0.02, change_s: float = 0.05
) -> AsyncIterator[Callable[[], asyncio.Future[Figure]]]:
    digits = Digits()
    screen = CustomerFigures(digits, news=news, till="T1", price_s=price_s, change_s=change_s)
    screen.start()
    assert await digits.next() == NOTHING_OWED
    await asyncio.sleep(0)  # it listens
    yield lambda: asyncio.ensure_future(digits.next())
    await screen.stop()


async def test_the_price_of_the_line_just_added_is_followed_by_the_total(news: News) -> None:
    async with showing(news) as next_:
        news.publish(basket(RICE))
        assert await next_() == Figure(fen=5_990, lamp=Lamp.PRICE)
        assert await next_() == Figure(fen=5_990, lamp=Lamp.TOTAL)
        news.publish(basket(RICE, COLA))
        assert await next_() == Figure(fen=700, lamp=Lamp.PRICE)
        assert await next_() == Figure(fen=6_690, lamp=Lamp.TOTAL)


async def test_the_change_stays_when_the_basket_is_emptied_by_its_sale(news: News) -> None:
    async with showing(news) as next_:
        news.publish(basket(RICE))
        await next_()
        news.publish(paid(payable_fen=5_990, change_fen=4_010))
        news.publish(basket())
        assert await next_() == Figure(fen=4_010, lamp=Lamp.CHANGE)
        assert await next_() == NOTHING_OWED


async def test_without_change_the_total_stays(news: News) -> None:
    async with showing(news) as next_:
        news.publish(paid(payable_fen=5_990, change_fen=0))
        assert await next_() == Figure(fen=5_990, lamp=Lamp.TOTAL)
        assert await next_() == NOTHING_OWED


async def test_a_basket_that_was_cleared_shows_no_total_afterwards(news: News) -> None:
    async with showing(news, price_s=0.02) as next_:
        news.publish(basket(RICE))
        assert await next_() == Figure(fen=5_990, lamp=Lamp.PRICE)
        news.publish(basket())
        assert await next_() == NOTHING_OWED
        await asyncio.sleep(0.05)  # beyond the price's time: what must not come, nothing tells of
        news.publish(basket(COLA))
        assert await next_() == Figure(fen=700, lamp=Lamp.PRICE)


async def test_the_next_customer_begins_while_the_change_is_in_sight(news: News) -> None:
    async with showing(news, change_s=60) as next_:
        news.publish(paid(payable_fen=100, change_fen=900))
        assert (await next_()).lamp is Lamp.CHANGE
        news.publish(basket(COLA))
        assert await next_() == Figure(fen=700, lamp=Lamp.PRICE)
        assert await next_() == Figure(fen=700, lamp=Lamp.TOTAL)
