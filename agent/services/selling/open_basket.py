"""The till's open basket, kept here so that a restart of page or agent loses nothing."""

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.base.ids import uuid7
from agent.domain.outcome import Sentence
from agent.services.coupons.coupon_verdict import CouponVerdict
from agent.services.coupons.verdict import Presented, tell
from agent.services.desk.news import Item, Topic
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import BasketRevision, Cashier
from agent.services.selling.answer import (
    HandVerdict,
    PricedLine,
    PromotionApplied,
    PromotionNotApplied,
    by_hand_told,
    lines_told,
    not_applied_told,
    nudge_for_display,
    nudge_told,
    promotions_told,
)
from agent.services.selling.basket_content import BasketContent, content_in
from agent.services.selling.errors import BasketChangedError
from agent.services.selling.pricing import OutOfSale
from agent.services.selling.reckon import Reckoning, present_all, reckon
from agent.store import members
from agent.store.members import Member
from agent.store.selling import baskets
from agent.store.sqlite import Connection


class BasketOrder(BasketContent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole basket as it is now; an empty one clears it."""

    cashier: Cashier
    approved_by: Cashier | None = None
    """The supervisor, after `needs_supervisor`; counts for this answer and is not kept."""
    revision: BasketRevision | None = None
    """Of the basket that was changed into this one; None: whatever lies there is replaced."""


class PricedBasket(Struct, frozen=True, kw_only=True):
    """What a basket comes to; holds no code."""

    till: str
    basket_id: str | None
    """Give it to the sale, which then clears the basket; None: there is nothing in it."""
    revision: str
    """Tells this content from any other; empty: there is nothing in it."""
    at: Millis | None
    """When it was last changed."""
    lines: tuple[PricedLine, ...]
    coupons: tuple[CouponVerdict, ...]
    """One verdict for each coupon presented, in order."""
    member: Member | None
    total_fen: int
    discount_fen: int
    payable_fen: int
    points_earned: int
    out_of_sale: tuple[OutOfSale, ...] = ()
    """Articles in it that head office took out of sale: take them out, or nothing is sold."""
    promotions: tuple[PromotionApplied, ...] = ()
    """What took `discount_fen` off, in the order in which it was reckoned."""
    not_applied: tuple[PromotionNotApplied, ...] = ()
    by_hand: tuple[HandVerdict, ...] = ()
    """One for each price changed or discount given by hand, in order."""
    nudge: Sentence | None = None
    """One line for the customer: what is nearest, and what it brings."""
    nudge_short: Sentence | None = None
    """The same for a display of 20 columns."""
    complete: bool = True
    """False: so much may be combined that the best found so far was taken."""


class OpenBasket(Struct, frozen=True, kw_only=True):
    """The till's basket: as it was given, and what it comes to."""

    content: BasketContent
    priced: PricedBasket


_content = msgspec.json.Decoder(BasketContent)


async def put_basket(desk: StoreDesk, till: str, order: BasketOrder) -> OpenBasket:
    """Keep the basket and say what it comes to.

    Raises BasketChangedError and what `present_all` and `reckon` raise; the basket then stays as
    it was.
    """
    presented = present_all(desk, order)
    now = desk.time.now()
    content = content_in(order)

    def work(db: Connection) -> PricedBasket:
        _check_unchanged(baskets.open_at(db, till), order.revision, content)
        reckoning = reckon(desk, db, content, presented, now, approved_by=order.approved_by)
        if content.is_empty:
            baskets.clear(db, till)
            return _nothing_in(till)
        return _priced(desk, db, _keep(db, till, order.cashier, content, now), reckoning)

    priced = await desk.database.write(work)
    publish_basket(desk, priced)
    return OpenBasket(content=content, priced=priced)


async def get_basket(desk: StoreDesk, till: str) -> OpenBasket:
    """Return the till's basket and what it comes to now."""
    kept = await desk.database.read(lambda db: baskets.open_at(db, till))
    if kept is None:
        return OpenBasket(content=BasketContent(), priced=_nothing_in(till))
    content = content_of(kept)
    presented = present_all(desk, content)
    priced = await desk.database.read(lambda db: price_kept(desk, db, kept, presented))
    return OpenBasket(content=content, priced=priced)


def price_kept(
    desk: StoreDesk, db: Connection, kept: baskets.Basket, presented: tuple[Presented, ...]
) -> PricedBasket:
    """Return what a kept basket, whose codes were `presented`, comes to now."""
    now = desk.time.now()
    reckoning = reckon(desk, db, content_of(kept), presented, now, approved_by=None)
    return _priced(desk, db, kept, reckoning)


def content_of(kept: baskets.Basket) -> BasketContent:
    """Return what lies in a kept basket."""
    return _content.decode(kept.body)


def _nothing_in(till: str) -> PricedBasket:
    return PricedBasket(
        till=till,
        basket_id=None,
        revision=baskets.revision_of(None),
        at=None,
        lines=(),
        coupons=(),
        member=None,
        total_fen=0,
        discount_fen=0,
        payable_fen=0,
        points_earned=0,
    )


async def tell_basket(desk: StoreDesk, till: str) -> None:
    """Tell the till's page and the customer's display what the basket is now."""
    publish_basket(desk, (await get_basket(desk, till)).priced)


def check_revision(kept: baskets.Basket | None, revision: str | None) -> None:
    """Raise BasketChangedError if the till's basket is another than that of `revision`."""
    if revision is not None and revision != baskets.revision_of(kept):
        raise BasketChangedError("another window or client changed the basket: look it up anew")


def _check_unchanged(
    kept: baskets.Basket | None, revision: str | None, content: BasketContent
) -> None:
    """What is there already was put there by this very order, whose answer got lost."""
    if kept is None or content_of(kept) != content:
        check_revision(kept, revision)


def publish_basket(desk: StoreDesk, priced: PricedBasket) -> None:
    """Tell what a till's basket comes to."""
    desk.news.publish(Item(topic=Topic.BASKET, till=priced.till, facts=priced))


def _keep(
    db: Connection, till: str, cashier: str, content: BasketContent, now: Millis
) -> baskets.Basket:
    kept = baskets.Basket(
        basket_id=uuid7(now),
        till=till,
        name="",
        cashier=cashier,
        body=msgspec.json.encode(content),
        at=now,
    )
    return baskets.put(db, kept)


def _priced(
    desk: StoreDesk, db: Connection, kept: baskets.Basket, reckoning: Reckoning
) -> PricedBasket:
    member_id = content_of(kept).member_id
    return PricedBasket(
        till=kept.till,
        basket_id=kept.basket_id,
        revision=baskets.revision_of(kept),
        at=kept.at,
        lines=lines_told(reckoning),
        coupons=tuple(tell(desk, item) for item in reckoning.judged),
        member=members.member(db, member_id) if member_id else None,
        total_fen=reckoning.total_fen,
        discount_fen=reckoning.discount_fen,
        payable_fen=reckoning.payable_fen,
        points_earned=reckoning.points,
        out_of_sale=reckoning.out_of_sale,
        promotions=promotions_told(reckoning),
        not_applied=not_applied_told(reckoning),
        by_hand=by_hand_told(reckoning),
        nudge=nudge_told(reckoning),
        nudge_short=nudge_for_display(reckoning),
        complete=reckoning.priced.complete,
    )
