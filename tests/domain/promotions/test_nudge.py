"""One line for the customer: what is nearest, and what it brings, in both languages."""

from typing import Any

import pytest

from agent.domain.outcome import Sentence
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.promotions.words import nudge, nudge_short
from drivers.plain import columns_of
from tests.domain.promotions.random_cases import line
from tests.domain.promotions.shop import book_of, here


def off(name: str, min_fen: int, off_fen: int, **more: Any) -> dict[str, Any]:
    effect = {"kind": "amount_off", "min_fen": min_fen, "off_fen": off_fen}
    return {"id": name, "effect": effect, **more}


def told(*promotions: dict[str, Any], fen: int = 8_760) -> tuple[Sentence | None, Sentence | None]:
    priced = price([line("a", fen)], Prepared(book_of(*promotions)), here())
    return nudge(priced), nudge_short(priced)


def test_it_says_what_is_missing_and_what_it_brings() -> None:
    sentence, short = told(off("P", 10_000, 2_000))
    assert sentence == Sentence("再买 ¥12.40 可减 ¥20", "¥12.40 more and ¥20 are taken off")
    assert short == Sentence("再买12.40减20元", "12.40 MORE: -20")


def test_the_nearest_is_told_and_of_equally_near_ones_the_better() -> None:
    near, far = off("NEAR", 9_000, 100), off("FAR", 10_000, 2_000)
    sentence, _ = told(far, near, off("ALSO", 9_000, 50))
    assert sentence == Sentence("再买 ¥2.40 可减 ¥1", "¥2.40 more and ¥1 are taken off")


def test_what_only_a_coupon_gives_is_no_nudge() -> None:
    assert told(off("P", 10_000, 2_000, trigger="coupon")) == (None, None)


def test_nothing_is_told_when_nothing_is_missing() -> None:
    assert told(off("P", 10_000, 2_000), fen=10_000) == (None, None)


@pytest.mark.parametrize("short_fen", [1, 999_999])
def test_the_short_one_fits_a_display_of_20_columns(short_fen: int) -> None:
    _, short = told(off("P", 1_000_000, 999_900), fen=1_000_000 - short_fen)
    assert short is not None
    assert columns_of(short.zh_cn) <= 20 >= columns_of(short.en)
