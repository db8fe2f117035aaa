"""Sales with promotions: what they say of themselves adds up, or they are parked; old ones are read
as they always were."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from agent.domain.line.events import EventKind
from agent.domain.selling.events import SaleRecorded
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.intake.test_rules import parking, sale

Body = dict[str, Any]

OLD = (
    b'{"sale_id":"s1","receipt_no":1,"lines":[{"sku":"A","name":"\xe7\xb1\xb3","quantity":1,'
    b'"unit_price_fen":1000,"amount_fen":1000}],"redemptions":[],"tenders":[{"kind":"cash",'
    b'"amount_fen":1000,"given_fen":null}],"total_fen":1000,"discount_fen":0,"payable_fen":1000,'
    b'"points_earned":0,"member_id":null,"given":[]}'
)


def promoted() -> Body:
    """A coupon of 3.00 over two lines, 1.00 off the third by hand: 26.00 of 30.00 are paid."""
    body = sale()
    coupon = body["redemptions"][0]["coupon_id"]
    by_coupon = {"promotion": "P1", "version": 2, "name": "减3", "fen": 300, "coupon_id": coupon}
    by_hand = {"promotion": "by_hand", "name": "包装破损", "fen": 100, "shares": [[2, 100]]}
    body["promotions"] = [by_coupon | {"shares": [[0, 150], [1, 150]]}, by_hand]
    body["priced"] = {"at": "2026-11-30T12:00:00.000"}
    body["discount_fen"], body["payable_fen"] = 400, 2_600
    body["tenders"][0]["amount_fen"] = 2_600
    body["points_earned"] = 26
    return body


def put(number: int, **fields: Any) -> Callable[[Body], None]:
    return lambda body: body["promotions"][number].update(fields)


def beyond_its_line(body: Body) -> None:
    body["lines"][2]["amount_fen"] = 99
    body["lines"][1]["amount_fen"] += 901


def rounded_up(body: Body, *, place: int = 0) -> None:
    """5 fen more are paid than promotions leave, on the line at `place`."""
    rounding = {"promotion": "rounding", "name": "四舍五入", "fen": -5, "shares": [[place, -5]]}
    body["promotions"][1] = rounding
    body["discount_fen"], body["payable_fen"] = 295, 2_705
    body["tenders"][0]["amount_fen"] = 2_705


BROKEN = {
    "shares of another sum": ("sum_mismatch", put(0, shares=[[0, 150], [1, 149]])),
    "promotions of another sum": ("sum_mismatch", put(1, fen=99, shares=[[2, 99]])),
    "a coupon of another sum": (
        "sum_mismatch",
        lambda body: body["redemptions"][0].update(discount_fen=299),
    ),
    "a coupon that was not used": ("sum_mismatch", put(1, coupon_id="f" * 24)),
    "a coupon that took nothing off": ("sum_mismatch", put(0, coupon_id=None)),
    "a share below nothing": ("amount_out_of_range", put(0, shares=[[0, 301], [1, -1]])),
    "more off a line than it holds": ("amount_out_of_range", beyond_its_line),
    "a share of no line": ("number_out_of_range", put(1, shares=[[3, 100]])),
    "a share of a line from the end": ("number_out_of_range", put(1, shares=[[-1, 100]])),
    "a rounding of a yuan": ("amount_out_of_range", put(1, promotion="rounding")),
    "a line above its price": ("amount_out_of_range", lambda body: rounded_up(body, place=2)),
    "promotions without end": (
        "number_out_of_range",
        lambda body: body.update(promotions=body["promotions"][:1] + body["promotions"][1:] * 100),
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_sale_whose_promotions_do_not_add_up_is_parked(case: str) -> None:
    expected, change = BROKEN[case]
    body = promoted()
    assert parking(EventKind.SALE_RECORDED, body) is None
    change(body)
    why = parking(EventKind.SALE_RECORDED, body)
    assert why is not None
    assert why.code == expected


def test_a_sum_that_was_rounded_up_is_taken() -> None:
    body = promoted()
    rounded_up(body)
    assert parking(EventKind.SALE_RECORDED, body) is None


def test_a_sale_without_promotions_is_byte_for_byte_what_it_always_was() -> None:
    read = msgspec.json.decode(OLD, type=SaleRecorded)
    assert msgspec.json.encode(read) == OLD
    assert read.shares == ()


def test_a_sale_tells_what_each_promotion_took_off_each_line() -> None:
    read = msgspec.convert(promoted(), SaleRecorded)
    coupon = read.redemptions[0].coupon_id
    assert read.shares == (
        (0, 150, "P1", 2, coupon),
        (1, 150, "P1", 2, coupon),
        (2, 100, "by_hand", 0, None),
    )


async def test_head_office_holds_what_each_promotion_took_off_of_old_and_new_sales(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    body = promoted()
    journal.append(EventKind.SALE_RECORDED, body)
    old = journal.sell(coupon_id="d" * 24)
    journal.sell()

    answer = await store.send(journal)

    assert answer.results == ()
    coupon = body["redemptions"][0]["coupon_id"]
    query = "SELECT seq, n, promotion, version, fen, times, coupon_id FROM sale_promotion"
    assert await hq.rows(f"{query} ORDER BY seq, n") == [
        (1, 0, "P1", 2, 300, 1, coupon),
        (1, 1, "by_hand", 0, 100, 1, None),
        (2, 0, f"campaign-{old.redemptions[0].campaign}", 0, old.discount_fen, 1, "d" * 24),
    ]


async def test_a_batch_that_comes_again_counts_its_promotions_once(
    hq: HeadOffice, store: StoreClient
) -> None:
    """The control: without the second sending there are as many."""
    journal = store.journal()
    journal.append(EventKind.SALE_RECORDED, promoted())
    await store.send(journal)
    before = await hq.count("sale_promotion")
    await store.send(journal)
    assert (before, await hq.count("sale_promotion")) == (2, 2)
