"""A recorded sale reckoned anew from its own record: what was taken off has to be the same."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from agent.domain.basket import Line
from agent.domain.promotions.book import Book
from agent.domain.promotions.events import AppliedPromotion, PricedBy
from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from agent.domain.promotions.promotion import Promotion
from agent.domain.promotions.told import applied_of, articles_of, context_of

BUDGET = 1_000_000
"""Steps: nobody waits for it."""


class Differs(Struct, frozen=True, kw_only=True):
    """What of a sale does not come out again."""

    promotion: str
    coupon_id: str | None
    recorded: tuple[tuple[int, int], ...]
    """(place of the line, fen) each; empty: it was not applied."""
    again: tuple[tuple[int, int], ...]


def differences(
    lines: Sequence[Line],
    applied: Sequence[AppliedPromotion],
    told: PricedBy,
    *,
    store: str,
    member: bool,
    promotions: Iterable[Promotion],
    rules: Book,
) -> list[Differs]:
    """Return what does not come out as recorded; nothing: the sale is right to the fen. Pure.

    `promotions`: those applied, each in the version that the sale names; what a campaign's coupon
    gives is one of them. `rules`: the book whose rules hold, in the sale's version. The best
    combination of all promotions is also the best of those applied, so that no others are needed;
    a sale that used up its budget of work (`complete` false) may have a better one.
    """
    book = Prepared(replace(rules, promotions=tuple(promotions), articles=(), examples=()))
    priced = price(
        lines,
        book,
        context_of(told, store=store, member=member),
        articles=articles_of(told),
        budget=BUDGET,
    )
    before, again = _shares(applied), _shares(applied_of(priced, {}))
    return [
        Differs(
            promotion=promotion,
            coupon_id=coupon_id,
            recorded=before.get((promotion, coupon_id), ()),
            again=again.get((promotion, coupon_id), ()),
        )
        for promotion, coupon_id in sorted(before | again, key=str)
        if before.get((promotion, coupon_id)) != again.get((promotion, coupon_id))
    ]


def _shares(
    applied: Iterable[AppliedPromotion],
) -> dict[tuple[str, str | None], tuple[tuple[int, int], ...]]:
    """By promotion and coupon; of what was given by hand, several are one."""
    by_use: dict[tuple[str, str | None], dict[int, int]] = {}
    for one in applied:
        own = by_use.setdefault((one.promotion, one.coupon_id), {})
        for place, fen in one.shares:
            own[place] = own.get(place, 0) + fen
    return {use: tuple(sorted(own.items())) for use, own in by_use.items()}
