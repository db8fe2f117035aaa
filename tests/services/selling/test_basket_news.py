"""Whoever shows the basket is told when it changes, and is told no code."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from agent.domain.outcome import Reason
from agent.services.desk.news import Item, Topic
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import LineOrder
from agent.services.line.apply_changes import ChangeApplier
from agent.services.selling.hold import HoldOrder, RecallOrder, hold, recall
from agent.services.selling.open_basket import BasketOrder, PricedBasket, put_basket
from agent.services.selling.sell import Sale, sell
from tests.services.chain import (
    COLA,
    COLA_FEN,
    OTHER_STORE,
    RICE,
    USED_RECEIPT,
    USED_TILL,
    Chain,
)
from tests.services.feed import change, page


@pytest.fixture
async def news(chain: Chain, desk: StoreDesk) -> AsyncIterator[AsyncIterator[Item]]:
    await ChangeApplier(desk).apply(chain.page())
    with desk.news.listen(Topic.BASKET) as items:
        yield items


def ticket(key: str) -> Ticket:
    return Ticket(client="c", key=key, request_hash=b"")


async def told(news: AsyncIterator[Item]) -> PricedBasket:
    item = await asyncio.wait_for(anext(news), timeout=5)
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


async def test_a_price_that_head_office_changed_is_told_to_the_tills_that_it_moves(
    desk: StoreDesk, news: AsyncIterator[Item]
) -> None:
    await put_basket(desk, "T1", BasketOrder(cashier="C7", lines=(LineOrder(sku=COLA),)))
    own = LineOrder(sku=COLA, unit_price_fen=COLA_FEN)
    await put_basket(desk, "T2", BasketOrder(cashier="C7", lines=(own,)))
    name = (await told(news)).lines[0].name
    await told(news)
    applier = ChangeApplier(desk)
    dearer = {"sku": COLA, "name": name, "price_fen": COLA_FEN + 40}
    await applier.apply(page(change("article", COLA, **dearer), cursor="2"))
    await applier.apply(page(change("article", COLA, **dearer), cursor="3"))
    moved = await told(news)
    assert (moved.till, moved.total_fen) == ("T1", COLA_FEN + 40)
    await put_basket(desk, "T1", BasketOrder(cashier="C7"))
    assert (await told(news)).basket_id is None  # nothing else was told


async def test_a_coupon_that_was_used_elsewhere_is_told_to_the_till_that_holds_it(
    chain: Chain, desk: StoreDesk, news: AsyncIterator[Item]
) -> None:
    coupon_id = "dd" * 12
    code = chain.token(coupon_id=coupon_id)
    order = BasketOrder(
        cashier="C7",
        lines=(LineOrder(sku=RICE, quantity=2),),
        coupons=(code,),
    )
    await put_basket(desk, "T1", order)
    assert (await told(news)).discount_fen > 0
    used = {"coupon_id": coupon_id, "state": "used", "store": OTHER_STORE, "till": USED_TILL}
    receipt = {"receipt": USED_RECEIPT, "occurred_at": chain.now, "redemption_id": "r1"}
    await ChangeApplier(desk).apply(
        page(change("coupon", **used, **receipt), cursor="2", at=chain.now)
    )
    moved = await told(news)
    assert [coupon.reason for coupon in moved.coupons] == [Reason.ALREADY_USED]
    assert moved.discount_fen == 0
