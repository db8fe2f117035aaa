"""A rogue store: what breaks the rules of every agent is parked with its reason, and that alone."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from agent.domain.cash.closing import sign_closing
from agent.domain.line.chain import Envelope
from agent.domain.line.events import EventKind
from sync.hq.intake.effects import effects_of
from sync.hq.intake.ingest import EVENT_ID_REUSED
from sync.hq.intake.parking import Parking
from sync.hq.intake.repeated_refunds import REFUND_BEYOND_SALE, REFUND_OF_NOTHING
from sync.protocol.batch import Event
from sync.protocol.messages import RowState
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import CLOSING_KEY, Journal

Body = dict[str, Any]
Change = Callable[[Body], None]

BILLION = 9 * 10**18


def sale() -> Body:
    """Three pieces for 30.00 with a coupon of 3.00, paid in cash by a member."""
    journal = Journal("MB001")
    made = journal.sell(skus=("6901", "6902", "6903"), coupon_id="a" * 24, member_id="b" * 24)
    return plain(made)


def refund() -> Body:
    journal = Journal("MB001")
    return plain(journal.refund(journal.sell(skus=("6901", "6902"), member_id="b" * 24)))


def closing() -> Body:
    return plain(Journal("MB001").closing())


def order() -> Body:
    return {"redemption": plain(Journal("MB001").redeem("a" * 24)), "order_fen": 5_000}


def plain(body: msgspec.Struct) -> Body:
    told: Body = msgspec.json.decode(msgspec.json.encode(body))
    return told


def put(**fields: Any) -> Change:
    return lambda body: body.update(fields)


def line(**fields: Any) -> Change:
    return lambda body: body["lines"][0].update(fields)


def use(**fields: Any) -> Change:
    return lambda body: body["redemptions"][0].update(fields)


def tender(**fields: Any) -> Change:
    return lambda body: body["tenders"][0].update(fields)


def both(*changes: Change) -> Change:
    def change(body: Body) -> None:
        for one in changes:
            one(body)

    return change


SALES = {
    "more paid than payable": ("sum_mismatch", tender(amount_fen=1)),
    "nothing paid": ("sum_mismatch", put(tenders=[])),
    "lines of another total": ("sum_mismatch", line(amount_fen=999)),
    "another discount than its coupons": ("sum_mismatch", use(discount_fen=299)),
    "payable is not the difference": (
        "sum_mismatch",
        both(put(payable_fen=2_699), tender(amount_fen=2_699)),
    ),
    "handed over less than paid": ("sum_mismatch", tender(given_fen=1)),
    "a negative line": ("amount_out_of_range", line(amount_fen=-1_000)),
    "a negative price": ("amount_out_of_range", line(unit_price_fen=-1)),
    "a discount below nothing": ("amount_out_of_range", use(discount_fen=-300)),
    "a total beyond every sale": (
        "amount_out_of_range",
        both(line(amount_fen=10**10 - 1_000), put(total_fen=10**10 + 1_000)),
    ),
    "a tax beyond every one": ("number_out_of_range", line(tax_bp=10_001)),
    "a million pieces back": ("quantity_out_of_range", line(quantity=-1_000_000)),
    "no piece": ("quantity_out_of_range", line(quantity=0)),
    "a million pieces": ("quantity_out_of_range", line(quantity=1_000_000)),
    "a negative weight": ("quantity_out_of_range", line(weight_g=-1)),
    "points without end": ("points_out_of_range", put(points_earned=BILLION)),
    "points below nothing": ("points_out_of_range", put(points_earned=-BILLION)),
    "a point too many": ("points_out_of_range", put(points_earned=28)),
    "points for nobody": ("points_out_of_range", put(member_id=None)),
    "a receipt before the first": ("number_out_of_range", put(receipt_no=0)),
    "a receipt without end": ("number_out_of_range", put(receipt_no=BILLION)),
    "an article without a number": ("sku_malformed", line(sku="")),
    "an article of control characters": ("sku_malformed", line(sku="6901\n6902")),
    "a coupon used twice": (
        "redemption_repeated",
        lambda body: body.update(
            redemptions=[body["redemptions"][0] | {"discount_fen": fen} for fen in (100, 200)]
        ),
    ),
    "more lines than a sale has": ("number_out_of_range", put(lines=[sale()["lines"][0]] * 201)),
}

TAKEN = {"promotion": "P1", "name": "满30减3", "fen": 100}

REFUNDS = {
    "lines of another sum": ("sum_mismatch", line(amount_fen=1)),
    "more given than its lines come to": ("sum_mismatch", put(refunded_fen=2_001)),
    "a line twice": ("sum_mismatch", line(place=1)),
    "below nothing": ("amount_out_of_range", line(amount_fen=-1_000)),
    "a million pieces taken": ("quantity_out_of_range", line(quantity=-1_000_000)),
    "something taken off, and given all the same": ("sum_mismatch", put(taken=[TAKEN])),
    "more taken than any sale has": (
        "amount_out_of_range",
        put(taken=[TAKEN | {"fen": BILLION}, TAKEN | {"fen": -BILLION}]),
    ),
    "a claim below nothing": ("amount_out_of_range", put(claim_fen=-1)),
    "points given back to the member": ("points_out_of_range", put(points_back=-BILLION)),
    "points without end": ("points_out_of_range", put(points_back=BILLION)),
    "points of nobody": ("points_out_of_range", put(member_id=None)),
    "a place beyond every sale": ("number_out_of_range", line(place=BILLION)),
}

OTHERS = {
    EventKind.COUPON_REDEEMED: ("amount_out_of_range", {**order(), "order_fen": -1}),
    EventKind.SHIFT_OPENED: (
        "amount_out_of_range",
        {"shift_id": "s", "z_no": 1, "float_fen": -BILLION},
    ),
    EventKind.CASH_MOVED: (
        "amount_out_of_range",
        {"shift_id": "s", "amount_fen": -BILLION, "why": "w"},
    ),
}

CLOSINGS = {
    "sales without tenders": ("sum_mismatch", {"sales_fen": 1}),
    "sales that no cashier made": ("sum_mismatch", {"sales_count": 1}),
    "cash that nothing explains": ("sum_mismatch", {"expected_cash_fen": 1}),
    "another difference": ("sum_mismatch", {"difference_fen": 0}),
    "a number before the first": ("number_out_of_range", {"z_no": -1}),
    "sales below nothing": ("amount_out_of_range", {"sales_fen": -BILLION}),
    "discounts by hand below nothing": ("amount_out_of_range", {"by_hand_fen": -1}),
    "openings below nothing": ("number_out_of_range", {"drawer_openings": -1}),
}


def parking(kind: EventKind, body: Body) -> Parking | None:
    journal = Journal("MB001")
    journal.append(kind, body)
    sent = journal.lines[0]
    return effects_of(Event(sent, bytes(32), msgspec.json.decode(sent, type=Envelope))).parking


def code(kind: EventKind, body: Body) -> str:
    why = parking(kind, body)
    assert why is not None
    return why.code


@pytest.mark.parametrize("case", SALES)
def test_a_sale_that_no_till_makes_is_parked(case: str) -> None:
    expected, change = SALES[case]
    body = sale()
    assert parking(EventKind.SALE_RECORDED, body) is None
    change(body)
    assert code(EventKind.SALE_RECORDED, body) == expected


@pytest.mark.parametrize("case", REFUNDS)
def test_a_refund_that_no_till_makes_is_parked(case: str) -> None:
    expected, change = REFUNDS[case]
    body = refund()
    assert parking(EventKind.SALE_REFUNDED, body) is None
    change(body)
    assert code(EventKind.SALE_REFUNDED, body) == expected


def test_a_refund_says_what_it_takes_off_its_lines() -> None:
    body = refund() | {"taken": [TAKEN], "refunded_fen": 1_900}
    tender(amount_fen=1_900)(body)
    assert parking(EventKind.SALE_REFUNDED, body) is None


@pytest.mark.parametrize("kind", OTHERS)
def test_money_beyond_what_a_drawer_or_an_order_holds_is_parked(kind: EventKind) -> None:
    expected, body = OTHERS[kind]
    assert code(kind, body) == expected


@pytest.mark.parametrize("case", CLOSINGS)
def test_a_z_report_that_does_not_add_up_is_parked_though_it_is_signed(case: str) -> None:
    expected, changed = CLOSINGS[case]
    report = Journal("MB001").closing().report
    closed = sign_closing(msgspec.structs.replace(report, **changed), CLOSING_KEY)
    assert parking(EventKind.SHIFT_CLOSED, closing()) is None
    assert code(EventKind.SHIFT_CLOSED, plain(closed)) == expected


async def test_one_bad_row_of_500_leaves_499_applied_and_the_chain_whole(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    for number in range(500):
        if number == 250:
            body = sale()
            line(quantity=-1_000_000)(body)
            journal.append(EventKind.SALE_RECORDED, body)
        else:
            journal.sell()

    answer = await store.send(journal)

    assert (answer.accepted_through, answer.hash) == (500, journal.last.hash)
    told = [(row.seq, row.state, row.code) for row in answer.results]
    assert told == [(251, RowState.PARKED, "quantity_out_of_range")]
    assert await hq.rows("SELECT seq, code, detail FROM parked") == [
        (251, "quantity_out_of_range", "quantity is -1000000, expected 1 to 9999")
    ]
    assert await hq.count("sale") == 499
    assert await hq.rows("SELECT quantity FROM stock") == [(-499,)]


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in a later batch"])
async def test_an_event_id_that_comes_again_with_other_content_is_parked(
    hq: HeadOffice, store: StoreClient, together: bool
) -> None:
    journal = store.journal()
    journal.sell()
    first: str = msgspec.json.decode(journal.lines[0])["event_id"]
    if not together:
        await store.send(journal)
    journal.append(EventKind.SALE_RECORDED, sale(), event_id=first)
    journal.sell()

    answer = await store.send(journal, 1 if together else 2)

    told = [(row.seq, row.state, row.code) for row in answer.results]
    assert told == [(2, RowState.PARKED, EVENT_ID_REUSED)]
    assert await hq.rows("SELECT seq, code, detail FROM parked") == [
        (2, EVENT_ID_REUSED, "seq 1 is another event")
    ]
    assert await hq.rows("SELECT seq FROM sale ORDER BY seq") == [(1,), (3,)]


async def test_refunds_of_more_than_was_sold_are_kept_and_move_nothing(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    sold = journal.sell(skus=("6901",))
    cheap = journal.sell(skus=("6902",))
    honest = journal.refund(sold)
    journal.refund(sold)
    other_article = msgspec.structs.replace(honest.lines[0], sku="6909")
    for changed in (
        {"sale_id": "never sold"},
        {"sale_id": cheap.sale_id, "lines": (other_article,)},
    ):
        body = msgspec.structs.replace(honest, refund_id=f"r{len(journal.lines)}", **changed)
        journal.append(EventKind.SALE_REFUNDED, body)

    answer = await store.send(journal)

    told = [(row.seq, row.code) for row in answer.results]
    assert told == [(4, "refund_repeated"), (5, REFUND_OF_NOTHING), (6, REFUND_BEYOND_SALE)]
    assert await hq.rows("SELECT sku, quantity FROM stock ORDER BY sku") == [
        ("6901", 0),
        ("6902", -1),
    ]
    assert await hq.count("refund") == 4
