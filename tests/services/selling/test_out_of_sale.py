"""What head office takes out of sale is refused with a true sentence, until it is put back."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from agent.base.clock import Millis
from agent.domain.coupons.campaign import Campaign
from agent.services.coupons.same_code import SameCode
from agent.services.desk.news import Item, Topic
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import LineOrder
from agent.services.line.apply_changes import ChangeApplier
from agent.services.selling.hold import HoldOrder, RecallOrder, hold, recall
from agent.services.selling.lookup import ArticleQuery, find_articles
from agent.services.selling.open_basket import (
    BasketOrder,
    PricedBasket,
    get_basket,
    put_basket,
)
from agent.services.selling.scan import Scan, ScanKind, scan
from agent.services.selling.sell import Quote, Sale, SaleAnswer, quote, sell
from sync.protocol.changes import ArticleChange
from sync.protocol.messages import Change, ChangesPage, Entity
from tests.services.chain import COLA, COLA_FEN, COLA_GTIN, RICE, RICE_FEN, Chain

BOTH = (LineOrder(sku=COLA), LineOrder(sku=RICE))


@pytest.fixture
async def feed(chain: Chain, desk: StoreDesk) -> ChangeApplier:
    """The store's feed, applied as far as the chain has it."""
    applier = ChangeApplier(desk)
    await applier.apply(chain.page())
    return applier


def page(chain: Chain, *changes: tuple[Entity, str, object]) -> ChangesPage:
    return ChangesPage(
        cursor="2",
        more=False,
        hq_epoch="e1",
        server_time=chain.now,
        changes=tuple(
            Change(entity=entity, key=key, body=msgspec.Raw(msgspec.json.encode(body)))
            for entity, key, body in changes
        ),
    )


def cola(*, withdrawn: bool = True, price_fen: int = COLA_FEN) -> tuple[Entity, str, object]:
    told = ArticleChange(
        sku=COLA, name="可乐 330ml", price_fen=price_fen, gtin=COLA_GTIN, withdrawn=withdrawn
    )
    return Entity.ARTICLE, COLA, told


def sale(lines: tuple[LineOrder, ...], fen: int) -> Sale:
    order = {
        "till": "T1",
        "cashier": "C7",
        "lines": msgspec.to_builtins(lines),
        "tenders": [{"kind": "cash", "amount_fen": fen}],
    }
    return msgspec.convert(order, Sale)


def ticket(key: str) -> Ticket:
    return Ticket(client="c", key=key, request_hash=b"")


async def sold(desk: StoreDesk, order: Sale, key: str) -> SaleAnswer:
    answer = await sell(desk, order, ticket(key))
    return msgspec.json.decode(answer.body, type=SaleAnswer, strict=False)


async def test_a_scan_of_it_is_refused_and_says_why(
    chain: Chain, desk: StoreDesk, feed: ChangeApplier
) -> None:
    await feed.apply(page(chain, cola()))

    told = await scan(desk, Scan(code=COLA_GTIN, till="T1"), SameCode())

    assert (told.kind, told.line) == (ScanKind.OTHER, None)
    assert told.article is not None
    assert told.article.withdrawn
    assert told.verdict is not None
    assert (told.verdict.outcome, told.verdict.reason) == ("refused", "article_withdrawn")
    assert "可乐 330ml" in told.verdict.sentence.zh_cn
    assert "停售" in told.verdict.sentence.zh_cn
    [found] = (await find_articles(desk, ArticleQuery(query=COLA))).articles
    assert found.withdrawn


@pytest.mark.parametrize("price_fen", [None, 1], ids=["own price", "the POS's price"])
async def test_no_sale_with_it_is_recorded_and_the_rest_can_be_sold(
    chain: Chain, desk: StoreDesk, feed: ChangeApplier, price_fen: int | None
) -> None:
    await feed.apply(page(chain, cola()))
    lines = (LineOrder(sku=COLA, unit_price_fen=price_fen), LineOrder(sku=RICE))
    order = Quote(till="T1", cashier="C7", lines=lines)

    quoted = await quote(desk, order)
    refused = await sold(desk, sale(lines, quoted.payable_fen), "1")

    for answer in (quoted, refused):
        assert not answer.recorded
        [gone] = answer.out_of_sale
        assert gone.sku == COLA
        assert "out of sale" in gone.sentence.en
    assert refused.sale_id is None
    rest = await sold(desk, sale(lines[1:], RICE_FEN), "2")
    assert (rest.recorded, rest.receipt_no, rest.out_of_sale) == (True, 1, ())


async def test_it_is_sold_again_once_it_is_put_back(
    chain: Chain, desk: StoreDesk, feed: ChangeApplier
) -> None:
    await feed.apply(page(chain, cola()))
    await feed.apply(page(chain, cola(withdrawn=False)))

    told = await scan(desk, Scan(code=COLA_GTIN), SameCode())

    assert told.kind is ScanKind.ARTICLE
    assert (await sold(desk, sale(BOTH[:1], COLA_FEN), "1")).recorded


async def test_a_change_of_an_older_head_office_takes_nothing_out_of_sale(
    chain: Chain, desk: StoreDesk, feed: ChangeApplier
) -> None:
    older = {"sku": COLA, "name": "可乐", "price_fen": 1, "gtin": COLA_GTIN, "of_later": [1]}
    await feed.apply(page(chain, (Entity.ARTICLE, COLA, older)))

    told = await scan(desk, Scan(code=COLA_GTIN), SameCode())

    assert told.article is not None
    assert (told.article.price_fen, told.article.withdrawn) == (1, False)


@pytest.fixture
async def news(desk: StoreDesk, feed: ChangeApplier) -> AsyncIterator[AsyncIterator[Item]]:
    with desk.news.listen(Topic.BASKET) as items:
        yield items


async def told(news: AsyncIterator[Item]) -> PricedBasket:
    item = await anext(news)
    assert isinstance(item.facts, PricedBasket)
    return item.facts


async def test_a_basket_that_is_rung_up_is_told_and_keeps_its_lines(
    chain: Chain, desk: StoreDesk, feed: ChangeApplier, news: AsyncIterator[Item]
) -> None:
    before = await put_basket(desk, "T1", BasketOrder(cashier="C7", lines=BOTH))
    await told(news)

    await feed.apply(page(chain, cola()))

    after = await told(news)
    assert (after.till, after.lines, after.at) == ("T1", before.priced.lines, before.priced.at)
    assert [gone.sku for gone in after.out_of_sale] == [COLA]
    await feed.apply(page(chain, cola(withdrawn=False)))
    assert (await told(news)).out_of_sale == ()


async def test_a_basket_is_told_of_another_price_and_of_a_campaign_that_ended(
    chain: Chain, desk: StoreDesk, feed: ChangeApplier, news: AsyncIterator[Item]
) -> None:
    code = chain.token()
    lines = (BOTH[0], LineOrder(sku=RICE, quantity=5))
    order = BasketOrder(cashier="C7", lines=lines, coupons=(code,))
    assert (await put_basket(desk, "T1", order)).priced.discount_fen > 0
    before = await told(news)

    await feed.apply(page(chain, cola(withdrawn=False, price_fen=COLA_FEN + 50)))
    assert (await told(news)).total_fen == before.total_fen + 50

    number = str(before.coupons[0].campaign)
    changes = chain.page().changes
    body = next(c.body for c in changes if (c.entity, c.key) == ("campaign", number))
    ended = msgspec.structs.replace(
        msgspec.json.decode(body, type=Campaign), ends_at=Millis(chain.now)
    )
    await feed.apply(page(chain, (Entity.CAMPAIGN, number, ended)))
    after = await told(news)
    assert (after.discount_fen, after.coupons[0].reason) == (0, "campaign_ended")


async def test_a_held_basket_is_recalled_with_it_and_says_so(
    chain: Chain, desk: StoreDesk, feed: ChangeApplier
) -> None:
    kept = await put_basket(desk, "T1", BasketOrder(cashier="C7", lines=BOTH))
    await hold(desk, "T1", HoldOrder(cashier="C7"), ticket("hold"))
    await feed.apply(page(chain, cola()))

    basket_id = str(kept.priced.basket_id)
    await recall(desk, "T1", basket_id, RecallOrder(cashier="C7"), ticket("recall"))

    assert [gone.sku for gone in (await get_basket(desk, "T1")).priced.out_of_sale] == [COLA]
