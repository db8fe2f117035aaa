"""What holds for every price book and basket."""

from collections import Counter
from random import Random
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.domain.basket import Line
from agent.domain.promotions.book import Book, RoundingMode
from agent.domain.promotions.context import Context
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.promotions.priced import ROUNDING, Priced
from agent.domain.promotions.promotion import PartialReturn
from agent.domain.refunds.refund import Back, reckon
from tests.domain.promotions.bought import bought_of
from tests.domain.promotions.random_cases import line, random_case

Case = tuple[list[Line], Book, Context]
CASES = st.integers(0, 2**32).map(lambda seed: random_case(Random(seed)))


def priced(lines: list[Line], book: Book, context: Context) -> Priced:
    return price(lines, Prepared(book), context)


@given(CASES, st.sampled_from((0, 10, 100)), st.sampled_from(RoundingMode))
def test_shares_sum_to_the_discount_and_no_line_falls_below_nothing(
    case: Case, to_fen: Literal[0, 10, 100], mode: RoundingMode
) -> None:
    lines, book, context = case
    answer = priced(lines, replace(book, round_down_to_fen=to_fen, rounding_mode=mode), context)

    assert answer.total_fen - answer.discount_fen == answer.payable_fen >= 0
    shares = [share for one in answer.lines for share in one.allocations]
    assert sum(share.fen for share in shares) == answer.discount_fen
    assert all(share.fen > 0 for share in shares if share.promotion != ROUNDING)
    assert answer.discount_fen >= 0
    assert sum(one.fen for one in answer.applied) == answer.discount_fen
    for one in answer.lines:
        assert one.net_fen == one.amount_fen - sum(share.fen for share in one.allocations)
        assert 0 <= one.net_fen <= one.amount_fen
    if to_fen:
        assert answer.payable_fen % to_fen == 0


@given(CASES, st.randoms(use_true_random=False))
def test_the_order_of_lines_and_coupons_changes_nothing(case: Case, random: Random) -> None:
    lines, book, context = case
    coupons = random.sample(context.coupons, len(context.coupons))
    promotions = random.sample(book.promotions, len(book.promotions))
    answer = priced(lines, book, context)
    other = priced(
        random.sample(lines, len(lines)),
        replace(book, promotions=tuple(promotions)),
        replace(context, coupons=tuple(coupons)),
    )

    assert other.payable_fen == answer.payable_fen
    assert other.applied == answer.applied
    assert other.not_applied == answer.not_applied


@given(CASES, st.integers(2, 5))
def test_three_lines_of_one_piece_cost_what_one_line_of_three_does(case: Case, count: int) -> None:
    lines, book, context = case
    first = lines[0]
    whole = [line(first.sku, first.unit_price_fen, count), *lines[1:]]
    split = [line(first.sku, first.unit_price_fen)] * count + lines[1:]

    assert priced(split, book, context).applied == priced(whole, book, context).applied


@given(CASES, st.integers(0, 4))
def test_another_coupon_or_promotion_never_makes_it_dearer(case: Case, place: int) -> None:
    lines, book, context = case
    answer = priced(lines, book, context)
    fewer = book.promotions[:place] + book.promotions[place + 1 :]
    gone = {one.id for one in book.promotions} - {one.id for one in fewer}
    kept = tuple(one for one in context.coupons if one.promotion not in gone)

    assert answer.payable_fen <= priced(lines, book, replace(context, coupons=())).payable_fen
    without = priced(lines, replace(book, promotions=fewer), replace(context, coupons=kept))
    assert answer.payable_fen <= without.payable_fen


@given(CASES, st.integers(1, 60))
def test_past_the_budget_it_is_said_and_never_worse_than_one_promotion(
    case: Case, budget: int
) -> None:
    lines, book, context = case
    answer = price(lines, Prepared(book), context, budget=budget)
    if answer.complete:
        assert answer.payable_fen == priced(lines, book, context).payable_fen
        return
    assert answer == price(lines, Prepared(book), context, budget=budget)
    for one in book.promotions:
        single = priced(lines, replace(book, promotions=(one,)), replace(context, coupons=()))
        assert answer.payable_fen <= single.payable_fen


@given(CASES)
def test_no_coupon_is_used_up_for_nothing(case: Case) -> None:
    lines, book, context = case
    answer = priced(lines, book, context)
    for used in answer.applied:
        if used.coupon is None or used.fen == 0:
            continue
        names = {one.coupon for one in answer.applied} - {used.coupon}
        rest = tuple(one for one in context.coupons if one.coupon in names)
        assert priced(lines, book, replace(context, coupons=rest)).payable_fen > answer.payable_fen


@given(CASES, st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=150)
def test_refunds_in_any_pieces_sum_to_what_was_paid(
    case: Case, random: Random, recalculate: bool
) -> None:
    lines, book, context = case
    if recalculate:
        asked = tuple(
            replace(one, partial_return=PartialReturn.RECALCULATE) for one in book.promotions
        )
        book = replace(book, promotions=asked)
    pieces = [place for place, one in enumerate(lines) for _ in range(one.quantity)]
    random.shuffle(pieces)
    bought = bought_of(lines, book, context)
    earlier: list[Back] = []
    taken = Counter[str]()
    given_fen = 0
    while pieces:
        wanted: dict[int, int] = {}
        for _ in range(random.randint(1, len(pieces))):
            place = pieces.pop()
            wanted[place] = wanted.get(place, 0) + 1
        refund = reckon(bought, earlier, wanted, taken)
        assert refund.refunded_fen >= 0
        if not recalculate:
            assert refund.refunded_fen == sum(one.amount_fen for one in refund.lines)
        given_fen += refund.refunded_fen
        earlier += refund.lines
        taken.update(refund.taken)
    assert given_fen == bought.payable_fen
