"""Random small price books, baskets and contexts."""

from datetime import datetime
from random import Random
from typing import Any

import msgspec

from agent.domain.basket import Line
from agent.domain.promotions.book import Book
from agent.domain.promotions.context import Context

SKUS = ("a", "b", "c", "d")
AT = datetime(2026, 11, 30, 12)  # noqa: DTZ001  # local time of a store


def line(sku: str, price_fen: int, quantity: int = 1) -> Line:
    return Line(
        sku=sku,
        name=sku,
        quantity=quantity,
        unit_price_fen=price_fen,
        amount_fen=price_fen * quantity,
    )


def random_case(random: Random) -> tuple[list[Line], Book, Context]:
    """Return up to five pieces, up to four promotions and up to three coupons."""
    prices = {sku: random.choice((0, 1, 3, 100, 333, 350, 1000, 1000, 1999)) for sku in SKUS}
    lines = [
        line(sku, prices[sku], random.choice((1, 1, 1, 2)))
        for sku in (random.choice(SKUS) for _ in range(random.randint(1, 5)))
    ]
    promotions = [_promotion(random, f"P{at}") for at in range(random.randint(1, 5))]
    with_coupons = [one for one in promotions if one["trigger"] == "coupon"] or promotions
    articles = [{"sku": sku, "categories": ["x" if sku in "ab" else "y"]} for sku in SKUS]
    book: dict[str, Any] = {"promotions": promotions, "articles": articles}
    if random.random() < 0.3:
        book["coupons"] = {
            "in_all": random.randint(0, 3),
            "online": random.randint(0, 2),
            "offline": random.randint(0, 2),
        }
    coupons = [
        {
            "coupon": f"c{at}",
            "promotion": random.choice(with_coupons)["id"],
            "channel": random.choice(("online", "offline")),
        }
        for at in range(random.randint(0, 3))
    ]
    context = {
        "at": AT.isoformat(),
        "channel": random.choice(("store", "pickup")),
        "coupons": coupons,
    }
    return lines, msgspec.convert(book, Book), msgspec.convert(context, Context)


def _promotion(random: Random, name: str) -> dict[str, Any]:
    kind, effect = random.choice(
        (
            ("amount_off", _amount),
            ("percent_off", _percent),
            ("tiered_amount_off", _tiered_amount),
            ("tiered_percent_off", _tiered_percent),
            ("nth_piece", _nth),
            ("buy_get", _buy_get),
            ("set_price", _set),
            ("gift", _gift),
            ("special_price", _special),
            ("pickup_off", _amount),
        )
    )
    promotion: dict[str, Any] = {
        "id": name,
        "name": name,
        "effect": {"kind": kind, **effect(random)},
        "scope": _scope(random),
        "trigger": random.choice(("automatic", "automatic", "coupon")),
        "priority": random.choice((0, 0, 1, -1)),
        "stacking": _stacking(random),
        "minimum_on": random.choice(("goods", "goods", "list", "left")),
        "reckoned_on": random.choice(("left", "left", "list", "goods")),
    }
    if random.random() < 0.15:
        promotion["limits"] = {"per_order": random.randint(1, 2)}
    if kind == "pickup_off" and random.random() < 0.5:
        promotion["when"] = {"with_coupon": random.choice(("online", "offline"))}
    return promotion


def _scope(random: Random) -> dict[str, Any]:
    return random.choice(
        (
            {},
            {},
            {"articles": random.sample(SKUS, random.randint(1, 3))},
            {"categories": [random.choice("xy")]},
            {"except_articles": [random.choice(SKUS)]},
        )
    )


def _stacking(random: Random) -> dict[str, Any]:
    stacking: dict[str, Any] = {}
    if random.random() < 0.2:
        stacking["group"] = random.choice("GH")
    if random.random() < 0.1:
        stacking["alone"] = True
    if random.random() < 0.15:
        stacking["not_beside"] = [random.choice(("P0", "P1", "G"))]
    if random.random() < 0.1:
        stacking["only_beside"] = random.sample(("P0", "P1", "P2", "G", "H"), 2)
    if random.random() < 0.15:
        stacking["shares_pieces"] = True
    if random.random() < 0.1:
        stacking["beside_coupons"] = False
    return stacking


def _min(random: Random) -> int:
    return random.choice((0, 0, 1, 100, 350, 999, 1000, 1999, 2000))


def _amount(random: Random) -> dict[str, Any]:
    least = _min(random)
    return {
        "min_fen": least,
        "off_fen": random.choice((1, 50, 100, 333, 1000)),
        "repeats": random.choice((1, 1, 2, 3)) if least else 1,
    }


def _percent(random: Random) -> dict[str, Any]:
    cap = random.choice((None, None, 1, 100, 150))
    return {"pay_bp": _bp(random), "min_fen": _min(random), "cap_fen": cap}


def _bp(random: Random) -> int:
    return random.choice((0, 3333, 5000, 7000, 8500, 9000, 9999))


def _tiered_amount(random: Random) -> dict[str, Any]:
    return {
        "steps": [
            {"min_fen": _min(random) or 1, "off_fen": random.choice((1, 50, 100, 400))}
            for _ in range(random.randint(1, 3))
        ]
    }


def _tiered_percent(random: Random) -> dict[str, Any]:
    return {
        "steps": [
            {"pieces": random.randint(0, 4), "min_fen": _min(random), "pay_bp": _bp(random)}
            for _ in range(random.randint(1, 3))
        ]
    }


def _nth(random: Random) -> dict[str, Any]:
    return {"n": random.choice((2, 2, 3)), "pay_bp": _bp(random)}


def _buy_get(random: Random) -> dict[str, Any]:
    effect: dict[str, Any] = {"buy": random.randint(1, 2), "get": random.randint(1, 2)}
    if random.random() < 0.4:
        effect["get_from"] = {"articles": random.sample(SKUS, random.randint(1, 2))}
    if random.random() < 0.3:
        effect["price_fen"] = random.choice((0, 1, 100))
    else:
        effect["pay_bp"] = random.choice((0, 5000))
    return effect


def _set(random: Random) -> dict[str, Any]:
    groups = [
        {
            **(_scope(random) or {"articles": [random.choice(SKUS)]}),
            "quantity": random.choice((1, 1, 2)),
        }
        for _ in range(random.randint(1, 3))
    ]
    if len(groups) == 1:
        groups[0]["quantity"] = 2
    return {"price_fen": random.choice((0, 100, 680, 1200)), "groups": groups}


def _gift(random: Random) -> dict[str, Any]:
    return {
        "steps": [
            {
                "choices": random.sample(SKUS, random.randint(1, 2)),
                "min_fen": _min(random),
                "pieces": random.randint(0, 2),
            }
            for _ in range(random.randint(1, 2))
        ]
    }


def _special(random: Random) -> dict[str, Any]:
    if random.random() < 0.5:
        return {"price_fen": random.choice((0, 1, 99, 900))}
    return {"pay_bp": _bp(random)}
