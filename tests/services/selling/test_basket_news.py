"""Whoever shows the basket is told when it changes, and is told no code."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from agent.services.desk.news import Item, Topic
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import LineOrder
from agent.services.line.apply_changes import ChangeApplier
from agent.services.selling.hold import HoldOrder, RecallOrder, hold, recall
from agent.services.selling.open_basket import BasketOrder, PricedBasket, put_basket
from agent.services.selling.sell import Sale, sell
from tests.services.chain import COLA, COLA_FEN, Chain


@pytest.fixture
async def news(chain: Chain, desk: StoreDesk) -> AsyncIterator[AsyncIterator[Item]]:
    await ChangeApplier(desk).apply(chain.page())
    with desk.news.listen(Topic.BASKET) as items:
        yield items


def ticket(key: str) -> Ticket:
    return Ticket(client="c", key=key, request_hash=b"")


async def told(news: AsyncIterator[Item]) -> PricedBasket:
    item = await anext(news)
    assert isinstance(item.facts, PricedBasket)
    assert item.till == item.facts.till
    return item.facts


async def test_each_change_of_the_basket_is_told_without_its_codes(
    chain: Chain, desk: StoreDesk, news: AsyncIterator[Item]
) -> None:
    code = chain.token()
    order = BasketOrder(cashier="C7", lines=(LineOrder(sku=COLA),), coupons=(code,))
    kept = await put_basket(desk, "T1", order)
    put = await told(news)
    assert (put, put.total_fen) == (kept.priced, COLA_FEN)
    assert code not in msgspec.json.encode(put).decode()
    await hold(desk, "T1", HoldOrder(cashier="C7"), ticket("hold"))
    assert (await told(news)).basket_id is None
    basket_id = str(put.basket_id)
    await recall(desk, "T2", basket_id, RecallOrder(cashier="C8"), ticket("recall"))
    recalled = await told(news)
    assert (recalled.till, recalled.basket_id) == ("T2", basket_id)


async def test_a_sale_tells_that_the_basket_is_empty(
    desk: StoreDesk, news: AsyncIterator[Item]
) -> None:
    kept = await put_basket(desk, "T1", BasketOrder(cashier="C7", lines=(LineOrder(sku=COLA),)))
    await told(news)
    paid = {
        "till": "T1",
        "cashier": "C7",
        "lines": [{"sku": COLA}],
        "tenders": [{"kind": "cash", "amount_fen": COLA_FEN}],
        "basket_id": kept.priced.basket_id,
    }
    await sell(desk, msgspec.convert(paid, Sale), ticket("sale"))
    assert (await told(news)).basket_id is None
