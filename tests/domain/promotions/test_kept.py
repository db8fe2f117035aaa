"""A sale keeps of a promotion what its own basket needs, however many articles are named."""

from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.domain.promotions.kept import kept
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.promotions.priced import Priced
from tests.domain.promotions.random_cases import line, random_case
from tests.domain.promotions.shop import book_of, here

OFF = {"kind": "amount_off", "off_fen": 100}


def told(priced: Priced) -> tuple[object, ...]:
    return priced.payable_fen, priced.applied, [one.allocations for one in priced.lines]


@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_it_gives_the_same_on_the_basket_and_on_any_part_of_it(seed: int, random: Random) -> None:
    lines, book, context = random_case(Random(seed))
    skus = {one.sku for one in lines}
    narrow = replace(book, promotions=tuple(kept(one, skus) for one in book.promotions))
    part = [one for one in lines if random.random() < 0.5]
    for basket in (lines, part):
        before = price(basket, Prepared(book), context)
        assert told(price(basket, Prepared(narrow), context)) == told(before)


def test_of_a_thousand_articles_those_in_the_basket_are_kept() -> None:
    many = [f"69{number:011d}" for number in range(1_000)]
    scope = {"articles": many, "except_articles": many[500:]}
    [promotion] = book_of({"id": "P", "effect": OFF, "scope": scope}).promotions
    assert len(msgspec.json.encode(kept(promotion, {many[3], many[700]}))) < 500


def test_a_promotion_of_other_articles_is_not_one_of_all() -> None:
    [promotion] = book_of({"id": "P", "effect": OFF, "scope": {"articles": ["other"]}}).promotions
    book = book_of()
    narrow = Prepared(replace(book, promotions=(kept(promotion, {"a"}),)))
    assert price([line("a", 1_000)], narrow, here()).payable_fen == 1_000
