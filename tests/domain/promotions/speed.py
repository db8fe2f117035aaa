"""Random price books and baskets of a size that chains have, and how fast they are quoted:
`python -m tests.domain.promotions.speed`, in processor time, beside conditions alone."""

import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

from agent.domain.basket import Line
from agent.domain.promotions.conditions import unmet
from agent.domain.promotions.context import Context
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from tests.domain.promotions.random_cases import line
from tests.domain.promotions.shop import book_of, coupon, here

SKUS = tuple(f"s{at:04}" for at in range(2_000))
BASKETS = 100


class Case(NamedTuple):
    """Quotes to be timed."""

    name: str
    book: Prepared
    context: Context
    baskets: list[list[Line]]


def cases(baskets: int = BASKETS) -> list[Case]:
    """Return a small book, a chain's book, and one in which each article is in 26 promotions."""
    found = []
    for name, lines, promotions, make in (
        ("20 lines, 50 promotions, 5 coupons", 20, 50, _any),
        ("50 lines, 1,000 promotions of a chain, 5 coupons", 50, 1_000, _of_chain),
        ("50 lines, 1,000 promotions, 26 of each article, 5 coupons", 50, 1_000, _any),
    ):
        random = Random(1)
        book, context = _book(random, promotions, make)
        found.append(Case(name, book, context, [_basket(random, lines) for _ in range(baskets)]))
    return found


def main() -> None:
    """Print all cases."""
    for case in cases():
        spent, answers = timed(case, price)
        floor, _ = timed(case, conditions_alone)
        incomplete = sum(not answer.complete for answer in answers)
        print(
            f"{case.name}: {BASKETS / sum(spent):.0f} quotes/s,"
            f" p99 {spent[-2] * 1e3:.1f} ms, over the budget {incomplete} of {BASKETS};"
            f" conditions alone {BASKETS / sum(floor):.0f}/s"
        )


def timed(
    case: Case, work: Callable[[Sequence[Line], Prepared, Context], Any]
) -> tuple[list[float], list[Any]]:
    """Return the processor time of each basket, the least first, and the answers."""
    work(case.baskets[0], case.book, case.context)
    spent, answers = [], []
    for basket in case.baskets:
        before = time.process_time()
        answers.append(work(basket, case.book, case.context))
        spent.append(time.process_time() - before)
    return sorted(spent), answers


def conditions_alone(basket: Sequence[Line], book: Prepared, context: Context) -> int:
    """The floor: a loop over the same data that only looks at the conditions."""
    return sum(unmet(one.promotion, context) is None and bool(basket) for one in book.ready)


def _basket(random: Random, lines: int) -> list[Line]:
    skus = random.sample(SKUS, lines)
    return [line(sku, random.randrange(300, 9_900), random.choice((1, 1, 2))) for sku in skus]


COUPONS = 5


def _book(
    random: Random, promotions: int, make: Callable[[Random, int], dict[str, Any]]
) -> tuple[Prepared, Context]:
    made = [_coupon(random, at) if at < COUPONS else make(random, at) for at in range(promotions)]
    articles = [{"sku": sku, "categories": [f"c{at % 20}"]} for at, sku in enumerate(SKUS)]
    held = [
        coupon(f"k{at}", f"P{at:04}", "online" if at % 2 else "offline") for at in range(COUPONS)
    ]
    return Prepared(book_of(*made, articles=articles)), here(coupons=held)


def _kinds(random: Random) -> tuple[dict[str, Any], ...]:
    return (
        {"kind": "amount_off", "min_fen": 10_000, "off_fen": random.choice((500, 1_000, 2_000))},
        {"kind": "percent_off", "pay_bp": random.choice((8_500, 9_000)), "cap_fen": 5_000},
        {"kind": "nth_piece", "n": 2, "pay_bp": 5_000},
        {"kind": "special_price", "pay_bp": 9_000},
        {"kind": "gift", "steps": [{"min_fen": 10_000, "choices": [random.choice(SKUS)]}]},
    )


def _coupon(random: Random, at: int) -> dict[str, Any]:
    return {"id": f"P{at:04}", "effect": _kinds(random)[at % 2], "trigger": "coupon"}


def _any(random: Random, at: int) -> dict[str, Any]:
    """Any kind on 20 articles or a category, a fifth of them in one of five groups."""
    promotion: dict[str, Any] = {"id": f"P{at:04}", "effect": random.choice(_kinds(random))}
    if random.random() < 0.6:
        promotion["scope"] = {"articles": random.sample(SKUS, 20)}
    else:
        promotion["scope"] = {"categories": [f"c{random.randrange(20)}"]}
    if random.random() < 0.2:
        promotion["stacking"] = {"group": f"g{random.randrange(5)}"}
    if random.random() < 0.2:
        promotion["when"] = {"channels": ["dine_in"]}
    return promotion


def _of_chain(random: Random, at: int) -> dict[str, Any]:
    """Mostly special prices and second pieces of few articles; one discount of a category, and
    one 满减 of the whole basket at a time."""
    amount, percent, second, special, gift = _kinds(random)
    promotion: dict[str, Any] = {"id": f"P{at:04}"}
    share = at / 1_000
    few = {"articles": random.sample(SKUS, 3)}
    category = f"c{random.randrange(20)}"
    if share < 0.65:
        return {**promotion, "effect": special, "scope": few}
    if share < 0.8:
        return {**promotion, "effect": second, "scope": few}
    if share < 0.85:
        return {**promotion, "effect": gift, "scope": few}
    if share < 0.97:
        scope, effect = {"categories": [category]}, percent if at % 2 else amount
        when = {"channels": ["dine_in" if at % 3 else "store"]}
        return {**promotion, "effect": effect, "scope": scope, "when": when} | {
            "stacking": {"group": category}
        }
    return {**promotion, "effect": amount, "stacking": {"group": "order"}}


if __name__ == "__main__":
    main()
