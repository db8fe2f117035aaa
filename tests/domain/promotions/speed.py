"""`python -m tests.domain.promotions.speed`: processor time of quotes, beside conditions alone."""

import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from agent.domain.basket import Line
from agent.domain.promotions.conditions import unmet
from agent.domain.promotions.context import Context
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from tests.domain.promotions.random_cases import line
from tests.domain.promotions.shop import book_of, coupon, here

SKUS = tuple(f"s{at:04}" for at in range(2_000))
BASKETS = 100
CASES = ((20, 50, 5), (50, 1_000, 5))
"""Lines, promotions, coupons."""


def main() -> None:
    """Print both cases."""
    for lines, promotions, coupons in CASES:
        random = Random(1)
        book, context = _book(random, promotions, coupons)
        baskets = [_basket(random, lines) for _ in range(BASKETS)]
        spent, answers = _timed(lambda one: price(one, book, context), baskets)  # noqa: B023
        floor, _ = _timed(lambda one: _floor(one, book, context), baskets)  # noqa: B023
        incomplete = sum(not answer.complete for answer in answers)
        print(
            f"{lines} lines, {promotions} promotions, {coupons} coupons:"
            f" {BASKETS / sum(spent):.0f} quotes/s, p99 {spent[-2] * 1e3:.1f} ms,"
            f" over the budget {incomplete} of {BASKETS};"
            f" conditions alone {BASKETS / sum(floor):.0f}/s"
        )


def _timed(
    work: Callable[[Sequence[Line]], Any], baskets: Sequence[Sequence[Line]]
) -> tuple[list[float], list[Any]]:
    work(baskets[0])
    spent, answers = [], []
    for basket in baskets:
        before = time.process_time()
        answers.append(work(basket))
        spent.append(time.process_time() - before)
    return sorted(spent), answers


def _floor(basket: Sequence[Line], book: Prepared, context: Context) -> int:
    return sum(unmet(one.promotion, context) is None and bool(basket) for one in book.ready)


def _basket(random: Random, lines: int) -> list[Line]:
    skus = random.sample(SKUS, lines)
    return [line(sku, random.randrange(300, 9_900), random.choice((1, 1, 2))) for sku in skus]


def _book(random: Random, promotions: int, coupons: int) -> tuple[Prepared, Context]:
    made = [_promotion(random, at, is_coupon=at < coupons) for at in range(promotions)]
    articles = [{"sku": sku, "categories": [f"c{at % 20}"]} for at, sku in enumerate(SKUS)]
    held = [
        coupon(f"k{at}", f"P{at:04}", "online" if at % 2 else "offline") for at in range(coupons)
    ]
    return Prepared(book_of(*made, articles=articles)), here(coupons=held)


def _promotion(random: Random, at: int, *, is_coupon: bool) -> dict[str, Any]:
    kinds: tuple[dict[str, Any], ...] = (
        {"kind": "amount_off", "min_fen": 10_000, "off_fen": random.choice((500, 1_000, 2_000))},
        {"kind": "percent_off", "pay_bp": random.choice((8_500, 9_000)), "cap_fen": 5_000},
        {"kind": "nth_piece", "n": 2, "pay_bp": 5_000},
        {"kind": "special_price", "pay_bp": 9_000},
        {"kind": "gift", "steps": [{"min_fen": 10_000, "choices": [random.choice(SKUS)]}]},
    )
    promotion: dict[str, Any] = {"id": f"P{at:04}", "effect": random.choice(kinds)}
    if is_coupon:
        return {**promotion, "effect": kinds[at % 2], "trigger": "coupon"}
    if random.random() < 0.6:
        promotion["scope"] = {"articles": random.sample(SKUS, 20)}
    else:
        promotion["scope"] = {"categories": [f"c{random.randrange(20)}"]}
    if random.random() < 0.2:
        promotion["stacking"] = {"group": f"g{random.randrange(5)}"}
    if random.random() < 0.2:
        promotion["when"] = {"channels": ["dine_in"]}
    return promotion


if __name__ == "__main__":
    main()
