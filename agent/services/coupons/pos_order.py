"""Judge a coupon on an order that the POS keeps itself, beside those used on that order before."""

from agent.base.clock import Millis
from agent.domain.coupons.campaign import Campaign
from agent.domain.coupons.facts import Chosen
from agent.domain.promotions.beside import Recorded, beside
from agent.domain.promotions.context import Context
from agent.domain.promotions.of_campaign import promotion_id
from agent.domain.promotions.promotion import Promotion
from agent.services.coupons.order_book import local, order_book, usable_of
from agent.services.coupons.redemption import claims_of
from agent.services.coupons.verdict import Judged, Presented, Purchase, by_itself, check
from agent.services.desk.price_book import StoreBook
from agent.services.desk.store_desk import StoreDesk
from agent.store.coupons import campaigns, redemptions
from agent.store.coupons.redemptions import Kept
from agent.store.sqlite import Connection


def judge_on_order(
    desk: StoreDesk,
    db: Connection,
    presented: Presented,
    purchase: Purchase,
    *,
    order_fen: int,
    order_ref: str | None,
    now: Millis,
) -> Judged:
    """Decide on a code for an order of `order_fen`; None for `order_ref`: nothing was used on it.

    The coupons of one `order_ref` and business date are judged together.
    """
    kept = _used_on(desk, db, order_ref, now) if order_ref else ()
    before = tuple(
        Chosen(claims=claims_of(desk, one), discount_fen=one.discount_fen, recorded=True)
        for one in kept
    )
    checked = check(desk, db, presented, purchase, now=now, recorded=before)
    claims, campaign, facts = checked.claims, checked.campaign, checked.facts
    if checked.refusal is not None or claims is None or campaign is None or facts is None:
        return checked.judged(by_itself(checked))
    held = [campaigns.campaign(db, one.campaign) if one.campaign else None for one in kept]
    book = order_book(desk, db)
    recorded = [
        Recorded(one.claims, _gives(book, given), one.discount_fen)
        for one, given in zip(before, held, strict=True)
    ]
    context = Context(at=local(desk, now), store=desk.store)
    usable = usable_of(desk, claims, campaign, facts)
    gives = _gives(book, campaign)
    return checked.judged(beside(order_fen, recorded, usable, gives, context, book.prepared.book))


def _used_on(desk: StoreDesk, db: Connection, order_ref: str, now: Millis) -> tuple[Kept, ...]:
    """The coupons that were redeemed on the POS's order and not taken back."""
    return redemptions.of_order(db, order_ref, desk.time.business_date(now))


def _gives(book: StoreBook, campaign: Campaign | None) -> Promotion | None:
    place = book.prepared.place_of.get(promotion_id(campaign)) if campaign else None
    return None if place is None else book.prepared.ready[place].promotion
