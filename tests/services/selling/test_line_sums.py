"""A line may come to another sum than quantity × unit price; a sale of nothing needs no tender."""

import msgspec
import pytest

from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import LineOrder
from agent.services.line.apply_changes import ChangeApplier
from agent.services.refunds.refundable import refundable
from agent.services.selling.errors import TendersMismatchError, UnknownArticleError
from agent.services.selling.open_basket import BasketOrder, put_basket
from agent.services.selling.own_prices import foreign_price
from agent.services.selling.sell import Sale, sell
from tests.services.cash.money import figure, last_body, refunded, sold, ticket
from tests.services.chain import COLA, COLA_FEN, COLA_ONLY, COLA_STOCK, MEMBER, Chain

TWO_FOR_FEN = 119
STOCK = "SELECT quantity FROM stock WHERE sku = ?"


@pytest.fixture(autouse=True)
async def feed(chain: Chain, desk: StoreDesk) -> None:
    await ChangeApplier(desk).apply(chain.page())


def two_for(sku: str = COLA, **more: object) -> dict[str, object]:
    return {"sku": sku, "quantity": 2, "amount_fen": TWO_FOR_FEN} | more


async def test_two_for_a_sum_is_sold_and_comes_back_by_the_piece_to_the_fen(
    desk: StoreDesk,
) -> None:
    sale = await sold(desk, pay=TWO_FOR_FEN, lines=[two_for()])
    (line,) = sale.lines
    assert (line.quantity, line.unit_price_fen, line.amount_fen) == (2, COLA_FEN, TWO_FOR_FEN)
    assert (await last_body(desk))["lines"][0]["amount_fen"] == TWO_FOR_FEN
    back = [(await refunded(desk, sale.sale_id or "", fen, (0, 1))) for fen in (59, 60)]
    assert [one.refunded_fen for one in back] == [59, 60]
    assert await figure(desk, STOCK, COLA) == COLA_STOCK


async def test_an_article_that_is_not_known_is_sold_by_the_sum_of_its_line(
    desk: StoreDesk,
) -> None:
    sale = await sold(desk, pay=TWO_FOR_FEN, lines=[two_for("own")])
    assert (sale.lines[0].unit_price_fen, sale.lines[0].amount_fen) == (59, TWO_FOR_FEN)
    with pytest.raises(UnknownArticleError, match="unit_price_fen or amount_fen"):
        await sold(desk, pay=0, lines=[{"sku": "own"}])


async def test_a_coupon_is_reckoned_from_the_sum_of_the_line(chain: Chain, desk: StoreDesk) -> None:
    code = chain.token(COLA_ONLY)
    sale = await sold(desk, pay=107, lines=[two_for(unit_price_fen=70)], coupons=[code])
    assert (sale.total_fen, sale.discount_fen) == (TWO_FOR_FEN, 12)
    assert (await refundable(desk, sale.sale_id or "")).refundable_fen == 107


async def test_the_till_page_may_not_give_a_line_a_sum_of_its_own(desk: StoreDesk) -> None:
    """It may leave one that a POS put into the basket, or let go of it."""
    of_pos = msgspec.convert(two_for(unit_price_fen=70), LineOrder)
    cheap = msgspec.convert({"sku": COLA, "amount_fen": 1}, LineOrder)
    assert await foreign_price(desk, "T1", [cheap]) == COLA
    await put_basket(desk, "T1", BasketOrder(cashier="POS", lines=(of_pos,)))
    assert await foreign_price(desk, "T1", [cheap]) == COLA
    assert await foreign_price(desk, "T1", [of_pos]) is None
    more = msgspec.structs.replace(of_pos, quantity=3)
    assert await foreign_price(desk, "T1", [more]) == COLA
    assert await foreign_price(desk, "T1", [msgspec.structs.replace(more, amount_fen=None)]) is None


@pytest.mark.parametrize("tenders", [{}, {"tenders": []}])
async def test_a_sale_of_nothing_to_pay_needs_no_tender(
    desk: StoreDesk, tenders: dict[str, object]
) -> None:
    order = {
        "till": "T1",
        "cashier": "C7",
        "lines": [{"sku": COLA, "amount_fen": 0}],
        "member_id": MEMBER,
    }
    answer = await sell(desk, msgspec.convert(order | tenders, Sale), ticket())
    assert answer.status == 201
    body = await last_body(desk)
    assert (body["tenders"], body["payable_fen"], body["points_earned"]) == ([], 0, 0)
    told = await refunded(desk, body["sale_id"], 0)
    assert (told.recorded, told.refunded_fen, told.tenders) == (True, 0, ())


async def test_a_sale_of_something_needs_its_tenders(desk: StoreDesk) -> None:
    order = {"till": "T1", "cashier": "C7", "lines": [{"sku": COLA}]}
    with pytest.raises(TendersMismatchError):
        await sell(desk, msgspec.convert(order, Sale), ticket())
    assert await figure(desk, "SELECT count(*) FROM journal") == 0
