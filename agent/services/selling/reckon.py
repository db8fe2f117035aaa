"""Reckon: what a basket comes to with its promotions and coupons, all of them reckoned together."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.basket import Line, points_earned
from agent.domain.coupons.decision import refused
from agent.domain.outcome import Reason
from agent.domain.promotions.context import Context
from agent.domain.promotions.priced import Priced
from agent.domain.promotions.promotion import Channel
from agent.domain.promotions.scope import Article
from agent.domain.promotions.settle import Settled, Usable, settle
from agent.services.coupons.order_book import local, order_book, usable_of
from agent.services.coupons.verdict import (
    Checked,
    Claimed,
    Judged,
    Presented,
    Purchase,
    by_itself,
    check,
    present,
)
from agent.services.desk.price_book import StoreBook
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import LineOrder
from agent.services.selling.by_hand import HandOrder, by_hand_of
from agent.services.selling.pricing import (
    OutOfSale,
    goods_known,
    known_of,
    out_of_sale,
    price_lines,
)
from agent.services.selling.shopper import buyer_of, used_before
from agent.store.sqlite import Connection


class Goods(Protocol):
    """What is on the counter: articles, the coupons presented for them, and whose they are."""

    @property
    def lines(self) -> tuple[LineOrder, ...]: ...
    @property
    def coupons(self) -> tuple[str, ...]: ...
    @property
    def member_id(self) -> str | None: ...
    @property
    def channel(self) -> Channel: ...
    @property
    def passphrases(self) -> tuple[str, ...]: ...
    @property
    def by_hand(self) -> tuple[HandOrder, ...]: ...


class Reckoning(Struct, frozen=True, kw_only=True):
    """What the goods come to."""

    lines: tuple[Line, ...]
    judged: tuple[Judged, ...]
    """One for each coupon presented, in order."""
    priced: Priced
    context: Context
    book: StoreBook
    articles: Mapping[str, Article]
    points: int
    out_of_sale: tuple[OutOfSale, ...] = ()
    """What of the goods can't be sold."""

    @property
    def total_fen(self) -> int:
        """Before discounts."""
        return self.priced.total_fen

    @property
    def discount_fen(self) -> int:
        """What promotions, coupons, people and rounding take off."""
        return self.priced.discount_fen

    @property
    def payable_fen(self) -> int:
        """What is left to pay."""
        return self.priced.payable_fen

    @property
    def all_accepted(self) -> bool:
        """Whether every article may be sold, every coupon counts, and nothing given by hand waits
        for a supervisor."""
        return not (self.out_of_sale or self.priced.refused_by_hand) and all(
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
    priced_at: Millis | None = None,
) -> Reckoning:
    """Return what the goods come to; without lines, coupons are judged by themselves.

    `claims`: what HQ said of the coupons; None: it is asked when they are recorded. `priced_at`:
    of whose prices and promotions; None: of now.

    Raises UnknownMemberError, UnknownArticleError, AmountTooLargeError, NoSuchLineError.
    """
    at = now if priced_at is None else priced_at
    book = order_book(desk, db)
    buyer = buyer_of(db, book, goods.member_id)
    known = known_of(db, goods.lines, at)
    lines = price_lines(known, goods.lines)
    purchase = Purchase(
        on_order=bool(lines), member_id=goods.member_id, approved_by=approved_by, claims=claims
    )
    checked = _once_each([check(desk, db, one, purchase, now=now) for one in presented])
    usable = _usable(desk, checked) if lines else []
    context = Context(
        at=local(desk, at),
        store=desk.store,
        channel=goods.channel,
        member=buyer,
        passphrases=goods.passphrases,
        used=used_before(desk, db, book, goods.member_id, now),
        by_hand=by_hand_of(goods.by_hand, len(lines), approved_by),
    )
    articles = goods_known(known)
    settled = settle(lines, book.prepared, context, usable, articles=articles)
    return Reckoning(
        lines=lines,
        judged=tuple(_judged(one, settled) for one in checked),
        priced=settled.priced,
        context=settled.context,
        book=book,
        articles=articles,
        points=points_earned(settled.priced.payable_fen) if goods.member_id else 0,
        out_of_sale=out_of_sale(desk, known),
    )


def _once_each(checked: list[Checked]) -> list[Checked]:
    """A coupon that is presented twice counts once."""
    seen: set[str] = set()
    for at, one in enumerate(checked):
        if one.claims is None:
            continue
        if one.claims.code_id in seen and one.refusal is None:
            twice = refused(Reason.NOT_STACKABLE)
            checked[at] = Checked(
                claims=one.claims, campaign=one.campaign, facts=one.facts, refusal=twice
            )
        seen.add(one.claims.code_id)
    return checked


def _usable(desk: StoreDesk, checked: list[Checked]) -> list[Usable]:
    return [
        usable_of(desk, one.claims, one.campaign, one.facts)
        for one in checked
        if one.refusal is None and one.claims and one.campaign and one.facts
    ]


def _judged(checked: Checked, settled: Settled) -> Judged:
    decision = None
    if checked.refusal is None and checked.claims is not None:
        decision = settled.decisions.get(checked.claims.code_id)
    return checked.judged(decision or by_itself(checked))
