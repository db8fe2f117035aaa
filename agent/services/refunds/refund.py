"""Refund: give articles and money of a sale back, wholly or in part, each piece once."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct
from msgspec.structs import replace

from agent.base.clock import Millis
from agent.base.ids import uuid7
from agent.base.redaction import redact
from agent.domain.bounds import MAX_LINES, MAX_TENDERS
from agent.domain.line.events import EventKind
from agent.domain.outcome import Outcome, Sentence
from agent.domain.refunds.events import FreedCoupon, RefundedLine, SaleRefunded
from agent.domain.refunds.refund import NotLeftError, Reckoned
from agent.domain.selling.events import SaleRecorded, Tender
from agent.domain.selling.receipt import receipt_text
from agent.domain.selling.tenders import holds_cash
from agent.services.desk.caller import Caller
from agent.services.desk.once import Ticket, once
from agent.services.desk.papers import Made
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.supervision import approver
from agent.services.desk.wire import Cashier, Quantity, Till, Why
from agent.services.refunds.coupons_back import CouponsBack, LapsedCoupon, coupons_back
from agent.services.refunds.errors import LineNamedTwiceError, NothingLeftError, PiecesNotLeftError
from agent.services.refunds.refundable import Standing, standing_of
from agent.services.refunds.taken_back import TakenOff, or_unset, taken_back, told
from agent.services.selling.tenders import check_given_back
from agent.store import refunds
from agent.store.coupons import redemptions
from agent.store.idempotency import Answer
from agent.store.selling import promotion_uses, sales
from agent.store.sqlite import Connection

_DONE = Sentence("退款已记录。", "The refund is recorded.")
_MAY_BE = Sentence("可以退款。", "May be refunded.")
_NEEDS_SUPERVISOR = Sentence("请主管批准此退款。", "A supervisor has to approve this refund.")


class PiecesBack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pieces of one line of the sale."""

    place: Annotated[int, Meta(ge=0, lt=MAX_LINES, description="Of the line in the sale, from 0.")]
    quantity: Quantity


class RefundQuote(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to come back."""

    lines: Annotated[tuple[PiecesBack, ...], Meta(min_length=1, max_length=MAX_LINES)] | None = None
    """None: everything that is left of the sale."""


class Refund(
    RefundQuote, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"print_": "print"}
):
    """What comes back, why, and the ways in which the money goes back."""

    till: Till
    cashier: Cashier
    why: Why
    """In people's words; phone numbers and codes in it are masked before it is kept."""
    tenders: Annotated[tuple[Tender, ...], Meta(max_length=MAX_TENDERS)] = ()
    """Together exactly what is given back; none when that is nothing."""
    approved_by: Cashier | None = None
    """The supervisor, after `needs_supervisor`."""
    print_: bool = False
    """Print its paper here; the refund waits for no printer and fails by none."""
    open_drawer: bool = False
    """Open the cash drawer once the refund is recorded, if it is given in cash."""


class RefundAnswer(Struct, frozen=True, kw_only=True):
    """What a refund comes to, and whether it was recorded."""

    recorded: bool
    """False for a quote, and when a supervisor has to approve: nothing was written then."""
    outcome: Outcome
    """`accepted` or `needs_supervisor`."""
    sentence: Sentence
    lines: tuple[RefundedLine, ...]
    """With their own shares of what was paid."""
    refunded_fen: int
    tenders: tuple[Tender, ...]
    """The ways in which the money went back; in a quote those by which it was paid."""
    points_back: int
    """Taken from the member again."""
    freed: tuple[FreedCoupon, ...]
    """Coupons that may be used again, because nothing of the sale is left."""
    lapsed: tuple[LapsedCoupon, ...] = ()
    """Coupons of such a sale that can't be used again."""
    taken: tuple[TakenOff, ...] = ()
    """What of the lines is not given back, because what is kept does not earn a promotion any more;
    tell the customer before the money moves. Σ lines − Σ taken = refunded."""
    claim_fen: int = 0
    """What these lines do not hold of it: it is taken off later refunds of the sale."""
    void: bool
    """作废: the whole sale at once, in the shift in which it was made."""
    refund_id: str | None = None
    receipt_no: int | None = None
    receipt: str | None = None
    """Receipt number as printed: store-till-number."""
    occurred_at: Millis | None = None
    business_date: str | None = None
    seq: int | None = None
    """Place in the store's journal."""
    print_job: str | None = None
    """The paper's job in the print spool; None: not asked for, or there is no printer."""


class Refunds:
    """Gives back what was sold; refunds from a certain sum need a supervisor."""

    def __init__(self, *, supervisor_from_fen: int) -> None:
        """`supervisor_from_fen`: the setting till.supervisor_refund_fen; 0 = each refund."""
        self._supervisor_from_fen = supervisor_from_fen

    async def quote(
        self, desk: StoreDesk, sale_id: str, order: RefundQuote, caller: Caller
    ) -> RefundAnswer:
        """Return what the refund would give; writes nothing."""

        def work(db: Connection) -> RefundAnswer:
            standing = standing_of(db, desk.store, sale_id)
            reckoned = _reckon(standing, order)
            approved = self._approved(standing, reckoned, approver(caller, None))
            coupons = _coupons(desk, db, standing, reckoned, desk.time.now())
            return _unrecorded(standing, reckoned, coupons, approved=approved)

        return await desk.database.read(work)

    async def refund(
        self, desk: StoreDesk, sale_id: str, order: Refund, caller: Caller, ticket: Ticket
    ) -> Answer:
        """Record the refund if it may be; answer once."""
        now = desk.time.now()
        approved_by = approver(caller, order.approved_by)
        recorded = False

        def work(db: Connection) -> Answer:
            nonlocal recorded
            standing = standing_of(db, desk.store, sale_id)
            reckoned = _reckon(standing, order)
            coupons = _coupons(desk, db, standing, reckoned, now)
            if not self._approved(standing, reckoned, approved_by):
                refusal = _unrecorded(standing, reckoned, coupons, approved=False)
                return Answer(200, msgspec.json.encode(refusal))
            check_given_back(order.tenders, reckoned.refunded_fen)
            body = _event(db, standing, reckoned, coupons, order, approved_by, now)
            recorded = True
            answer = _record(desk, db, standing, body, order, now)
            return Answer(201, msgspec.json.encode(replace(answer, lapsed=coupons.lapsed)))

        answer = await desk.database.write(lambda db: once(db, ticket, now, work))
        if recorded and order.open_drawer and desk.drawer and holds_cash(order.tenders):
            desk.drawer.open_soon(order.till)
        return answer

    def _approved(self, standing: Standing, reckoned: Reckoned, approved_by: str | None) -> bool:
        """What came back of the sale before counts, so that small refunds don't add up unseen."""
        back_fen = standing.refunded_fen + reckoned.refunded_fen
        return approved_by is not None or back_fen < self._supervisor_from_fen


def _reckon(standing: Standing, order: RefundQuote) -> Reckoned:
    if not standing.left:
        raise NothingLeftError("everything of this sale was given back before")
    wanted = standing.left if order.lines is None else _wanted(order.lines)
    try:
        return standing.reckon(wanted)
    except NotLeftError as error:
        raise PiecesNotLeftError(str(error), place=error.place, left=error.left) from None


def _coupons(
    desk: StoreDesk, db: Connection, standing: Standing, reckoned: Reckoned, now: Millis
) -> CouponsBack:
    return coupons_back(desk, db, standing.sale, now) if reckoned.whole else CouponsBack()


def _wanted(lines: tuple[PiecesBack, ...]) -> Mapping[int, int]:
    wanted = {line.place: line.quantity for line in lines}
    if len(wanted) < len(lines):
        raise LineNamedTwiceError("name each line once, with all of its pieces")
    return wanted


def _event(
    db: Connection,
    standing: Standing,
    reckoned: Reckoned,
    coupons: CouponsBack,
    order: Refund,
    approved_by: str | None,
    now: Millis,
) -> SaleRefunded:
    return SaleRefunded(
        refund_id=uuid7(now),
        sale_id=standing.sale.sale_id,
        receipt_no=sales.next_receipt_no(db, order.till),
        lines=_lines(standing.sale, reckoned),
        tenders=order.tenders,
        refunded_fen=reckoned.refunded_fen,
        points_back=reckoned.points_back,
        freed=coupons.freed,
        lapsed=coupons.lapsed_ids(),
        why=redact(order.why),
        member_id=standing.sale.member_id,
        approved_by=approved_by,
        taken=or_unset(taken_back(standing.sale, reckoned)),
        claim_fen=reckoned.claim_fen or UNSET,
    )


def _record(
    desk: StoreDesk,
    db: Connection,
    standing: Standing,
    body: SaleRefunded,
    order: Refund,
    now: Millis,
) -> RefundAnswer:
    place = desk.record(
        db, EventKind.SALE_REFUNDED, body, at=now, till=order.till, cashier=order.cashier
    )
    refunds.add(db, body, seq=place.seq, till=order.till)
    for coupon in body.uses_back:
        redemptions.reverse(db, coupon.redemption_id, place.seq)
    if standing.sale.promotions and standing.is_rest(body.lines):
        promotion_uses.take_back(db, standing.sale.sale_id)
    made = Made(
        till=order.till,
        cashier=order.cashier,
        at=now,
        business_date=desk.time.business_date(now),
    )
    print_job = None
    if order.print_ and desk.papers is not None:
        print_job = desk.papers.print_refund(db, body, made)
    return RefundAnswer(
        recorded=True,
        outcome=Outcome.ACCEPTED,
        sentence=_DONE,
        lines=body.lines,
        refunded_fen=body.refunded_fen,
        taken=told(body.taken),
        claim_fen=body.claim_fen or 0,
        tenders=body.tenders,
        points_back=body.points_back,
        freed=body.freed,
        void=standing.is_void(body.lines, order.till),
        refund_id=body.refund_id,
        receipt_no=body.receipt_no,
        receipt=receipt_text(desk.name, order.till, body.receipt_no),
        occurred_at=now,
        business_date=desk.time.business_date(now),
        seq=place.seq,
        print_job=print_job,
    )


def _unrecorded(
    standing: Standing, reckoned: Reckoned, coupons: CouponsBack, *, approved: bool
) -> RefundAnswer:
    lines = _lines(standing.sale, reckoned)
    return RefundAnswer(
        recorded=False,
        outcome=Outcome.ACCEPTED if approved else Outcome.NEEDS_SUPERVISOR,
        sentence=_MAY_BE if approved else _NEEDS_SUPERVISOR,
        lines=lines,
        refunded_fen=reckoned.refunded_fen,
        taken=told(taken_back(standing.sale, reckoned)),
        claim_fen=reckoned.claim_fen,
        tenders=standing.ways_back(reckoned.refunded_fen),
        points_back=reckoned.points_back,
        freed=coupons.freed,
        lapsed=coupons.lapsed,
        void=standing.is_void(lines),
    )


def _lines(sale: SaleRecorded, reckoned: Reckoned) -> tuple[RefundedLine, ...]:
    return tuple(
        RefundedLine(
            place=back.place,
            sku=sale.lines[back.place].sku,
            quantity=back.quantity,
            amount_fen=back.amount_fen,
        )
        for back in reckoned.lines
    )
