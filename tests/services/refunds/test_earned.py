"""What a sale keeps of itself in the journal is enough to give any part of it back: the promotions
that its store may have forgotten, and all that they were reckoned from."""

from collections import Counter
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from agent.domain.basket import Line
from agent.domain.promotions.book import Book
from agent.domain.promotions.context import Context
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.promotions.promotion import PartialReturn
from agent.domain.promotions.told import applied_of, priced_by
from agent.domain.refunds.refund import Back, Bought, Reckoned, reckon
from agent.domain.selling.events import SaleRecorded, Tender, TenderKind
from agent.services.refunds.earned import earned_of
from tests.domain.promotions.bought import bought_of
from tests.domain.promotions.random_cases import random_case

Case = tuple[list[Line], Book, Context]
CASES = st.integers(0, 2**32).map(lambda seed: random_case(Random(seed)))


def recorded(lines: list[Line], book: Book, context: Context) -> SaleRecorded:
    """The sale, as it is read from the journal."""
    priced = price(lines, Prepared(book), context)
    named = {one.promotion for one in priced.applied}
    applied = [one for one in book.promotions if one.id in named]
    articles = {one.sku: one for one in book.articles}
    promotions = applied_of(priced, {}, applied)
    sale = SaleRecorded(
        sale_id="s",
        receipt_no=1,
        lines=tuple(lines),
        redemptions=(),
        tenders=(Tender(kind=TenderKind.CASH, amount_fen=priced.payable_fen),),
        total_fen=priced.total_fen,
        discount_fen=priced.discount_fen,
        payable_fen=priced.payable_fen,
        points_earned=0,
        member_id="m" if context.member else None,
        promotions=promotions or UNSET,
        priced=priced_by(priced, context, applied, articles, 1) if promotions else UNSET,
    )
    return msgspec.json.decode(msgspec.json.encode(sale), type=SaleRecorded)


def given_back(bought: Bought, random: Random) -> list[Reckoned]:
    """All of a sale, in pieces as `random` has it."""
    pieces = [place for place, one in enumerate(bought.lines) for _ in range(one.quantity)]
    random.shuffle(pieces)
    earlier: list[Back] = []
    taken = Counter[str]()
    refunds = []
    while pieces:
        wanted = Counter(pieces.pop() for _ in range(random.randint(1, len(pieces))))
        refunds.append(reckon(bought, earlier, wanted, taken))
        earlier += refunds[-1].lines
        taken.update(refunds[-1].taken)
    return refunds


@settings(max_examples=50)
@given(CASES, st.integers(0, 2**32))
def test_a_part_goes_back_by_the_journal_as_by_the_book_of_its_day(case: Case, seed: int) -> None:
    lines, book, context = case
    anew = PartialReturn.RECALCULATE
    asked = tuple(replace(one, partial_return=anew) for one in book.promotions)
    book = replace(book, promotions=asked)
    sale = recorded(lines, book, context)
    by_the_book = bought_of(lines, book, context)
    by_the_journal = Bought(
        lines=sale.lines,
        net_fen=tuple(sale.net_fen()),
        payable_fen=sale.payable_fen,
        points_earned=by_the_book.points_earned,
        earned=earned_of(context.store, sale),
    )

    refunds = given_back(by_the_journal, Random(seed))

    assert refunds == given_back(by_the_book, Random(seed))
    assert sum(one.refunded_fen for one in refunds) == sale.payable_fen
    assert all(one.refunded_fen >= 0 for one in refunds)


def test_a_sale_all_of_whose_promotions_keep_holds_none_of_them() -> None:
    lines, book, context = random_case(Random(1))
    kept = replace(
        book,
        promotions=tuple(
            replace(one, partial_return=PartialReturn.KEEP) for one in book.promotions
        ),
    )
    sale = recorded(lines, kept, context)
    assert all(one.rule is None for one in sale.promotions or ())
    assert earned_of(context.store, sale) is None
