"""Reckon: what a basket comes to with its coupons, each judged after those before it."""

from typing import Protocol

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.basket import Line, points_earned, total
from agent.domain.coupons.facts import Chosen, chosen_of
from agent.services.coupons.errors import UnknownMemberError
from agent.services.coupons.verdict import Claimed, Judged, Presented, Purchase, judge, present
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import LineOrder
from agent.services.selling.pricing import OutOfSale, known_of, out_of_sale, price_lines
from agent.store import members
from agent.store.sqlite import Connection


class Goods(Protocol):
    """What is on the counter: articles, the coupons presented for them, and whose they are."""

    @property
    def lines(self) -> tuple[LineOrder, ...]: ...
    @property
    def coupons(self) -> tuple[str, ...]: ...
    @property
    def member_id(self) -> str | None: ...


class Reckoning(Struct, frozen=True, kw_only=True):
    """What the goods come to."""

    lines: tuple[Line, ...]
    judged: tuple[Judged, ...]
    """One for each coupon presented, in order."""
    total_fen: int
    """Before discounts."""
    discount_fen: int
    points: int
    out_of_sale: tuple[OutOfSale, ...] = ()
    """What of the goods can't be sold."""

    @property
    def payable_fen(self) -> int:
        """What is left to pay."""
        return self.total_fen - self.discount_fen

    @property
    def all_accepted(self) -> bool:
        """Whether every article may be sold and every coupon counts."""
        return not self.out_of_sale and all(
            item.decision.outcome.is_accepted for item in self.judged
        )


def present_all(desk: StoreDesk, goods: Goods) -> tuple[Presented, ...]:
    """Check who made the goods' codes; raise UnusableCodeError for what can't be one."""
    return tuple(present(desk, code) for code in goods.coupons)


def reckon(
    desk: StoreDesk,
    db: Connection,
    goods: Goods,
    presented: tuple[Presented, ...],
    now: Millis,
    *,
    approved_by: str | None,
    claims: Claimed | None = None,
) -> Reckoning:
    """Return what the goods come to; without lines, coupons are judged by themselves.

    `claims`: what HQ said of the coupons; None: it is asked when they are recorded.

    Raises UnknownMemberError, UnknownArticleError, AmountTooLargeError.
    """
    if goods.member_id is not None and members.member(db, goods.member_id) is None:
        raise UnknownMemberError("this member is not known in this store")
    known = known_of(db, goods.lines, now)
    lines = price_lines(known, goods.lines)
    purchase = Purchase(
        lines=lines or None, member_id=goods.member_id, approved_by=approved_by, claims=claims
    )
    judged: list[Judged] = []
    chosen: tuple[Chosen, ...] = ()
    for item in presented:
        result = judge(desk, db, item, purchase, now=now, chosen=chosen)
        judged.append(result)
        chosen += _chosen(result)
    total_fen = total(lines)
    discount_fen = sum(one.discount_fen for one in chosen)
    points = points_earned(total_fen - discount_fen) if goods.member_id else 0
    return Reckoning(
        lines=lines,
        judged=tuple(judged),
        total_fen=total_fen,
        discount_fen=discount_fen,
        points=points,
        out_of_sale=out_of_sale(desk, known),
    )


def _chosen(judged: Judged) -> tuple[Chosen, ...]:
    if not judged.decision.outcome.is_accepted or not judged.claims or not judged.campaign:
        return ()
    fen, claimed = judged.decision.discount_fen, judged.is_claimed
    return (chosen_of(judged.claims, judged.campaign, fen, claimed=claimed),)
