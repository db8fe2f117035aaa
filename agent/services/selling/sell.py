"""Sell: quote a basket with its coupons, and record the sale with everything that it moves."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct

from agent.base.clock import LAST_AT, Millis
from agent.base.ids import uuid7
from agent.base.logging import get_logger
from agent.domain.bounds import MAX_TENDERS
from agent.domain.coupons.events import GivenCoupon, Redemption
from agent.domain.line.events import EventKind
from agent.domain.outcome import Sentence
from agent.domain.promotions.events import PricedBy
from agent.domain.promotions.promotion import Channel, Promotion
from agent.domain.promotions.told import applied_of, priced_by
from agent.domain.selling.events import SaleRecorded, Tender
from agent.domain.selling.receipt import receipt_text
from agent.domain.selling.tenders import change_fen, holds_cash, sum_of
from agent.services.coupons.claiming import claimed
from agent.services.coupons.coupon_verdict import CouponVerdict
from agent.services.coupons.hand_out import GivenAway, coupon_given, hand_out
from agent.services.coupons.redemption import keep, redemption_of
from agent.services.coupons.verdict import Claimed, tell
from agent.services.desk.news import Item, Topic
from agent.services.desk.once import Ticket, once
from agent.services.desk.papers import Made
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import (
    BasketRevision,
    Cashier,
    Codes,
    Lines,
    MemberId,
    Passphrases,
    Reference,
    Till,
)
from agent.services.selling.answer import (
    HandVerdict,
    PricedLine,
    PromotionApplied,
    PromotionNotApplied,
    by_hand_told,
    lines_told,
    not_applied_told,
    nudge_told,
    promotions_told,
)
from agent.services.selling.by_hand import HandOrders
from agent.services.selling.open_basket import check_revision, tell_basket
from agent.services.selling.pricing import OutOfSale
from agent.services.selling.reckon import Reckoning, present_all, reckon
from agent.services.selling.tenders import check_paid
from agent.store.coupons import redemptions
from agent.store.idempotency import Answer
from agent.store.line.journal import Place
from agent.store.selling import baskets, promotion_uses, sales
from agent.store.sqlite import Connection

log = get_logger(__name__)


class Quote(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A basket with the coupons presented for it."""

    till: Till
    cashier: Cashier
    lines: Lines
    coupons: Codes = ()
    member_id: MemberId | None = None
    approved_by: Cashier | None = None
    """The supervisor, after `needs_supervisor`."""
    channel: Channel = Channel.STORE
    """How the customer gets the goods: promotions may be for some channels alone."""
    passphrases: Passphrases = ()
    """What the customer said (报暗号); case, width and blanks do not matter."""
    by_hand: HandOrders = ()
    """Prices changed and discounts given by hand, after all promotions."""


class Sale(
    Quote, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"print_": "print"}
):
    """A basket that was paid."""

    tenders: Annotated[tuple[Tender, ...], Meta(max_length=MAX_TENDERS)] = ()
    """Together exactly what is payable; none when that is nothing. Change on cash is told by its
    `given_fen`."""
    basket_id: Reference | None = None
    """The till's open basket, if that is what was paid: it is cleared with the sale."""
    basket_revision: BasketRevision | None = None
    """Of that basket: nothing is recorded when something else lies in it by now."""
    priced_at: Annotated[int, Meta(ge=0, le=LAST_AT)] | None = None
    """The quote's `priced_at`: when a price or promotion has changed since, the sale is recorded as
    quoted, if the store honours quotes of that age and the tenders come to what was quoted."""
    print_: bool = False
    """Print the receipt here; the sale waits for no printer and fails by none."""
    open_drawer: bool = False
    """Open the cash drawer once the sale is recorded, if it was paid in cash."""


class SaleAnswer(Struct, frozen=True, kw_only=True):
    """What a basket comes to, and whether it was recorded."""

    recorded: bool
    """False for a quote, and when a coupon is not accepted or an article is out of sale: nothing
    was written then."""
    lines: tuple[PricedLine, ...]
    coupons: tuple[CouponVerdict, ...]
    """One verdict for each coupon presented, in order."""
    promotions: tuple[PromotionApplied, ...]
    """What took `discount_fen` off, in the order in which it was reckoned."""
    not_applied: tuple[PromotionNotApplied, ...]
    """Empty once it is recorded, as is `nudge`: nothing more can be bought then."""
    by_hand: tuple[HandVerdict, ...]
    """One for each price changed or discount given by hand, in order."""
    nudge: Sentence | None
    """One line for the customer: what is nearest, and what it brings."""
    complete: bool
    """False: so much may be combined that the best found so far was taken, never worse than the
    best single promotion."""
    priced_at: Millis
    """Effective time of prices and promotions."""
    total_fen: int
    discount_fen: int
    payable_fen: int
    points_earned: int
    out_of_sale: tuple[OutOfSale, ...] = ()
    """Articles that head office took out of sale: without them the rest can be sold."""
    sale_id: str | None = None
    receipt_no: int | None = None
    receipt: str | None = None
    """Receipt number as printed: store-till-number."""
    occurred_at: Millis | None = None
    business_date: str | None = None
    seq: int | None = None
    """Place in the store's journal."""
    change_fen: int = 0
    """What goes back to the customer of the cash handed over."""
    given: tuple[GivenAway, ...] = ()
    print_job: str | None = None
    """The receipt's job in the print spool; None: not asked for, or there is no printer."""


class SalePaid(Struct, frozen=True, kw_only=True):
    """What the news tells of a recorded sale."""

    sale_id: str
    receipt: str
    payable_fen: int
    change_fen: int


async def quote(desk: StoreDesk, order: Quote) -> SaleAnswer:
    """Return what the basket comes to; writes nothing."""
    presented = present_all(desk, order)
    now = desk.time.now()
    reckoning = await desk.database.read(
        lambda db: reckon(desk, db, order, presented, now, approved_by=order.approved_by)
    )
    return _unrecorded(desk, reckoning, now)


async def sell(desk: StoreDesk, order: Sale, ticket: Ticket) -> Answer:
    """Record the sale if every coupon is accepted and the tenders add up; answer once.

    Raises BasketChangedError and what `present_all`, `reckon` and `check_paid` raise.
    """
    presented = present_all(desk, order)
    now = desk.time.now()
    recorded: SaleAnswer | None = None

    def reckoned(
        db: Connection, claims: Claimed | None, priced_at: Millis | None = None
    ) -> Reckoning:
        by = order.approved_by
        return reckon(
            desk, db, order, presented, now, approved_by=by, claims=claims, priced_at=priced_at
        )

    def work(db: Connection) -> Answer:
        nonlocal recorded
        if order.basket_id is not None:
            check_revision(baskets.open_at(db, order.till), order.basket_revision)
        reckoning, at = reckoned(db, claiming.said), now
        if honoured := _quoted_at(desk, order, reckoning, now):
            quoted = reckoned(db, claiming.said, honoured)
            if quoted.all_accepted and sum_of(order.tenders) == quoted.payable_fen:
                reckoning, at = quoted, honoured
        if not reckoning.all_accepted:
            return Answer(200, msgspec.json.encode(_unrecorded(desk, reckoning, now)))
        check_paid(order.tenders, reckoning.payable_fen)
        recorded = _record(desk, db, order, reckoning, now, at)
        return Answer(201, msgspec.json.encode(recorded))

    async with claimed(desk, presented, lambda db: reckoned(db, None).judged) as claiming:
        now = desk.time.now()  # another till may have recorded something while HQ was asked
        answer = await desk.database.write(lambda db: once(db, ticket, now, work))
        claiming.taken = recorded is not None
    if recorded is None:
        await desk.keep_time(now)
    else:  # now, and not when the same is asked again
        if recorded.priced_at != recorded.occurred_at:
            log.info("quote_honoured", sale_id=recorded.sale_id, priced_at=recorded.priced_at)
        _follow_up(desk, order, recorded)
    if order.basket_id is not None:
        await tell_basket(desk, order.till)
    return answer


def _quoted_at(desk: StoreDesk, order: Sale, reckoning: Reckoning, now: Millis) -> Millis | None:
    """Return of when a quote is to be honoured: the tenders come to another sum than is payable
    now, and the quote is not too old."""
    at = order.priced_at
    if at is None or sum_of(order.tenders) == reckoning.payable_fen:
        return None
    return Millis(at) if 0 < now - at <= desk.honour_quote_ms else None


def _record(
    desk: StoreDesk, db: Connection, order: Sale, reckoning: Reckoning, now: Millis, at: Millis
) -> SaleAnswer:
    receipt_no = sales.next_receipt_no(db, order.till)
    used = tuple(redemption_of(desk, item, order.approved_by, now) for item in reckoning.judged)
    sale_id = uuid7(now)
    given = hand_out(
        desk,
        db,
        sale_id,
        payable_fen=reckoning.payable_fen,
        member_id=order.member_id,
        now=now,
    )
    sale = _sale(order, reckoning, sale_id, receipt_no, used, given)
    place = desk.record(
        db, EventKind.SALE_RECORDED, sale, at=now, till=order.till, cashier=order.cashier
    )
    sales.add(db, sale, seq=place.seq, till=order.till)
    if reckoning.book.limited:
        day = desk.time.business_date(now)
        promotion_uses.add(db, sale, day, of=reckoning.book.limited)
    receipt = receipt_text(desk.name, order.till, receipt_no)
    moment = redemptions.Moment(
        seq=place.seq, till=order.till, receipt=receipt, occurred_at=now, sale_id=sale.sale_id
    )
    for judged, redemption in zip(reckoning.judged, used, strict=True):
        keep(db, judged, redemption, moment)
    if order.basket_id is not None:
        baskets.close(db, order.till, order.basket_id)
    made = Made(
        till=order.till,
        cashier=order.cashier,
        at=now,
        business_date=desk.time.business_date(now),
    )
    print_job = None
    if order.print_ and desk.papers is not None:
        print_job = desk.papers.print_sale(db, sale, made, tuple(map(coupon_given, given)))
    answer = _recorded(desk, reckoning, sale, place, receipt, now, at)
    return msgspec.structs.replace(answer, given=given, print_job=print_job)


def _sale(
    order: Sale,
    reckoning: Reckoning,
    sale_id: str,
    receipt_no: int,
    used: tuple[Redemption, ...],
    given: tuple[GivenAway, ...],
) -> SaleRecorded:
    book, priced = reckoning.book, reckoning.priced
    rules = book.applied(one.promotion for one in priced.applied)
    promotions = applied_of(priced, book.versions, rules)
    return SaleRecorded(
        sale_id=sale_id,
        receipt_no=receipt_no,
        lines=reckoning.lines,
        redemptions=used,
        tenders=order.tenders,
        total_fen=reckoning.total_fen,
        discount_fen=reckoning.discount_fen,
        payable_fen=reckoning.payable_fen,
        points_earned=reckoning.points,
        member_id=order.member_id,
        given=tuple(GivenCoupon(coupon_id=one.coupon_id, campaign=one.campaign) for one in given),
        promotions=promotions or UNSET,
        priced=_priced_by(order, reckoning, rules) if promotions else UNSET,
    )


def _priced_by(order: Sale, reckoning: Reckoning, rules: list[Promotion]) -> PricedBy:
    told = priced_by(
        reckoning.priced,
        reckoning.context,
        rules,
        reckoning.articles,
        reckoning.book.rules_version,
    )
    return msgspec.structs.replace(told, approved_by=order.approved_by if told.by_hand else None)


def _follow_up(desk: StoreDesk, order: Sale, recorded: SaleAnswer) -> None:
    """What a sale on disk sets off; nothing of it can fail the sale."""
    if order.open_drawer and desk.drawer is not None and holds_cash(order.tenders):
        desk.drawer.open_soon(order.till)
    paid = SalePaid(
        sale_id=recorded.sale_id or "",
        receipt=recorded.receipt or "",
        payable_fen=recorded.payable_fen,
        change_fen=recorded.change_fen,
    )
    desk.news.publish(Item(topic=Topic.SALE, till=order.till, facts=paid))


def _recorded(
    desk: StoreDesk,
    reckoning: Reckoning,
    sale: SaleRecorded,
    place: Place,
    receipt: str,
    now: Millis,
    at: Millis,
) -> SaleAnswer:
    pairs = zip(reckoning.judged, sale.redemptions, strict=True)
    return msgspec.structs.replace(
        _answer(desk, reckoning, at),
        recorded=True,
        coupons=tuple(tell(desk, item, redemption_id=r.redemption_id) for item, r in pairs),
        sale_id=sale.sale_id,
        receipt_no=sale.receipt_no,
        receipt=receipt,
        occurred_at=now,
        business_date=desk.time.business_date(now),
        seq=place.seq,
        change_fen=change_fen(sale.tenders),
    )


def _unrecorded(desk: StoreDesk, reckoning: Reckoning, at: Millis) -> SaleAnswer:
    return msgspec.structs.replace(
        _answer(desk, reckoning, at),
        not_applied=not_applied_told(reckoning),
        nudge=nudge_told(reckoning),
    )


def _answer(desk: StoreDesk, reckoning: Reckoning, at: Millis) -> SaleAnswer:
    return SaleAnswer(
        priced_at=at,
        recorded=False,
        lines=lines_told(reckoning),
        coupons=tuple(tell(desk, item) for item in reckoning.judged),
        promotions=promotions_told(reckoning),
        not_applied=(),
        by_hand=by_hand_told(reckoning),
        nudge=None,
        complete=reckoning.priced.complete,
        total_fen=reckoning.total_fen,
        discount_fen=reckoning.discount_fen,
        payable_fen=reckoning.payable_fen,
        points_earned=reckoning.points,
        out_of_sale=reckoning.out_of_sale,
    )
