"""Redeem: use a coupon on an order that the POS keeps itself; and take a redemption back."""

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.base.redaction import redact
from agent.domain.coupons.events import CouponRedeemed, RedemptionReversed
from agent.domain.line.events import EventKind
from agent.domain.money import Amount
from agent.domain.outcome import Reason, Sentence
from agent.services.coupons.claiming import claimed
from agent.services.coupons.coupon_verdict import CouponVerdict
from agent.services.coupons.errors import (
    AlreadyReversedError,
    BelongsToSaleError,
    UnknownMemberError,
    UnknownRedemptionError,
)
from agent.services.coupons.pos_order import judge_on_order
from agent.services.coupons.redemption import keep, lapse_of, redemption_of
from agent.services.coupons.verdict import Claimed, Judged, Purchase, present, said, tell
from agent.services.desk.once import Ticket, once
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import Cashier, Code, MemberId, Reference, Till, Why
from agent.store import members
from agent.store.coupons import redemptions
from agent.store.idempotency import Answer
from agent.store.sqlite import Connection

_REFUSED = 200
_FREE_AGAIN = Sentence("已撤销，此券可再次使用。", "Taken back; the coupon may be used again.")


class RedemptionOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A coupon presented on an order of `order_fen`."""

    till: Till
    cashier: Cashier
    code: Code
    order_fen: Amount
    """The order's sum before discounts. A campaign for certain articles needs `POST sales`."""
    member_id: MemberId | None = None
    order_ref: Reference | None = None
    """The POS's own number of the order, at most 64 characters: the coupons on one order of a
    business date are judged together, as on a sale, until they are taken back. Told again when the
    coupon is refused as used. A mobile number in it is masked before it is kept: 138****5678."""
    approved_by: Cashier | None = None


class RedemptionAnswer(Struct, frozen=True, kw_only=True):
    """The verdict, and the redemption if there is one."""

    redeemed: bool
    verdict: CouponVerdict
    occurred_at: Millis | None = None
    seq: int | None = None
    """Place in the store's journal."""


class ReversalOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a redemption is taken back."""

    till: Till
    cashier: Cashier
    why: Why
    """In people's words; phone numbers and codes in it are masked before it is kept."""


class ReversalAnswer(Struct, frozen=True, kw_only=True):
    """The use of the coupon is taken back."""

    reversed: bool
    usable_again: bool
    """False: the coupon has expired meanwhile, was revoked, or its campaign is over."""
    reason: Reason | None
    """Why it can't be used again."""
    sentence: Sentence
    redemption_id: str
    coupon_id: str
    occurred_at: Millis
    seq: int


async def redeem(desk: StoreDesk, order: RedemptionOrder, ticket: Ticket) -> Answer:
    """Decide on the coupon and record its use if it is accepted; answer once."""
    presented = present(desk, order.code)
    now = desk.time.now()
    recorded = False

    def judged_by(db: Connection, claims: Claimed | None) -> Judged:
        if order.member_id is not None and members.member(db, order.member_id) is None:
            raise UnknownMemberError("this member is not known in this store")
        return judge_on_order(
            desk,
            db,
            presented,
            Purchase(
                on_order=True,
                member_id=order.member_id,
                approved_by=order.approved_by,
                claims=claims,
            ),
            order_fen=order.order_fen,
            order_ref=redact(order.order_ref) if order.order_ref else None,
            now=now,
        )

    def work(db: Connection) -> Answer:
        nonlocal recorded
        judged = judged_by(db, claiming.said)
        if not judged.decision.outcome.is_accepted:
            refusal = RedemptionAnswer(redeemed=False, verdict=tell(desk, judged))
            return Answer(200, msgspec.json.encode(refusal))
        recorded = True
        return Answer(201, msgspec.json.encode(_record(desk, db, order, judged, now)))

    async with claimed(desk, (presented,), lambda db: (judged_by(db, None),)) as claiming:
        now = desk.time.now()  # another till may have recorded something while HQ was asked
        answer = await desk.database.write(lambda db: once(db, ticket, now, work))
        claiming.taken = recorded
    if answer.status == _REFUSED:
        await desk.keep_time(now)
    return answer


async def reverse(
    desk: StoreDesk, redemption_id: str, order: ReversalOrder, ticket: Ticket
) -> Answer:
    """Take a redemption back; answer once."""
    now = desk.time.now()

    def work(db: Connection) -> Answer:
        kept = redemptions.get(db, redemption_id)
        if kept is None:
            raise UnknownRedemptionError("no such redemption was made in this store")
        if kept.reversed_seq is not None:
            raise AlreadyReversedError("this redemption was taken back before")
        if kept.sale_id is not None:
            raise BelongsToSaleError(
                "the redemption made the sum of a sale: refund the sale", sale_id=kept.sale_id
            )
        body = RedemptionReversed(
            redemption_id=redemption_id, coupon_id=kept.coupon_id, why=redact(order.why)
        )
        place = desk.record(
            db,
            EventKind.REDEMPTION_REVERSED,
            body,
            at=now,
            till=order.till,
            cashier=order.cashier,
        )
        redemptions.reverse(db, redemption_id, place.seq)
        lapse = lapse_of(desk, db, kept, now)
        done = ReversalAnswer(
            reversed=True,
            usable_again=lapse is None,
            reason=lapse.reason if lapse else None,
            sentence=said(desk, lapse) if lapse else _FREE_AGAIN,
            redemption_id=redemption_id,
            coupon_id=kept.coupon_id,
            occurred_at=now,
            seq=place.seq,
        )
        return Answer(201, msgspec.json.encode(done))

    return await desk.database.write(lambda db: once(db, ticket, now, work))


def _record(
    desk: StoreDesk, db: Connection, order: RedemptionOrder, judged: Judged, now: Millis
) -> RedemptionAnswer:
    redemption = redemption_of(desk, judged, order.approved_by, now)
    order_ref = None if order.order_ref is None else redact(order.order_ref)
    body = CouponRedeemed(redemption=redemption, order_fen=order.order_fen, order_ref=order_ref)
    place = desk.record(
        db, EventKind.COUPON_REDEEMED, body, at=now, till=order.till, cashier=order.cashier
    )
    moment = redemptions.Moment(
        seq=place.seq, till=order.till, receipt=order_ref or "", occurred_at=now
    )
    keep(db, judged, redemption, moment)
    return RedemptionAnswer(
        redeemed=True,
        verdict=tell(desk, judged, redemption_id=redemption.redemption_id),
        occurred_at=now,
        seq=place.seq,
    )
