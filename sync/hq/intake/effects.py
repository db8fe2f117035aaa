"""What a received event does within its store: rows to write, or why it has to be parked. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from agent.domain.bounds import MAX_WORD_CHARS
from agent.domain.cash.closing import is_signed
from agent.domain.cash.events import ShiftClosed
from agent.domain.coupons.events import CouponRedeemed, Redemption, RedemptionReversed
from agent.domain.line.chain import Envelope
from agent.domain.line.event_body import decode_body, kind_of, names_of
from agent.domain.line.events import EventBody
from agent.domain.promotions.events import AppliedPromotion
from agent.domain.promotions.of_campaign import PREFIX
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded
from agent.domain.selling.receipt import receipt_text
from sync.hq.intake.parking import Parking
from sync.hq.intake.rules import broken_rule
from sync.protocol.batch import Event
from sync.protocol.limits import MAX_SEQ

Row: TypeAlias = tuple[object, ...]
"""Values in the order of the columns in ingest.sql."""


class Effects(NamedTuple):
    """The rows of one event."""

    seq: int
    event: Row
    sale: Row | None = None
    redemptions: Sequence[Row] = ()
    """With `after_at` once it is known, which a single event can't tell."""
    reversals: Sequence[Row] = ()
    movements: Sequence[Row] = ()
    """Pieces that left the store; those that came back are below 0."""
    refund: Row | None = None
    closing: Row | None = None
    given: Sequence[Row] = ()
    """Coupons handed out with a sale."""
    promotions: Sequence[Row] = ()
    """What each promotion took off a sale."""
    parking: Parking | None = None

    @property
    def sale_id(self) -> str | None:
        """Of the sale that it is, if it is one."""
        return str(self.sale[1]) if self.sale else None

    def after(self, at: int) -> "Effects":
        """Return the same, its uses of coupons coming `after` the instant."""
        return self._replace(redemptions=[(*row, at) for row in self.redemptions])

    def repeated(self, parking: Parking) -> "Effects":
        """Return what it does if all that it gives back had come back before: it is kept."""
        assert self.refund is not None  # noqa: S101 - only a refund is repeated
        return self._replace(refund=(*self.refund[:-1], True), movements=(), parking=parking)


def effects_of(event: Event) -> Effects:
    """Return what `event` does; one that can't be read, or that no column can hold, is parked."""
    envelope = event.envelope
    if refusal := _envelope_refusal(envelope):
        return parked(event, refusal)
    try:
        body = decode_body(envelope.kind, envelope.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return parked(event, Parking.because("body_malformed", error))
    if body is None:
        return parked(event, _unknown(envelope.kind))
    if refusal := broken_rule(body):
        return parked(event, refusal)
    effects = _effects(event, body)
    if b"\\u0000" in event.line and _has_nul(effects):
        return parked(event, Parking("text_with_nul", "a text holds the character U+0000"))
    return effects


def _unknown(name: str) -> Parking:
    kind = kind_of(name)
    if kind is None:
        return Parking("unknown_kind", f"no meaning for {name[:60]!r}")
    return Parking("unknown_version", f"{name[:60]!r}: read here is {', '.join(names_of(kind))}")


def parked(event: Event, parking: Parking) -> Effects:
    """Return the event as it is held without effects."""
    return Effects(event.envelope.seq, _event_row(event), parking=parking)


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TILL = re.compile(r"[A-Za-z0-9_-]{1,16}")


def _envelope_refusal(envelope: Envelope) -> Parking | None:
    if not _UUID.fullmatch(envelope.event_id):
        return Parking("event_id_malformed", "expected a UUID in lower case")
    if not _TILL.fullmatch(envelope.till):
        return Parking("till_malformed", "expected 1 to 16 letters, digits, - and _")
    if not 0 <= envelope.occurred_at <= MAX_SEQ:
        return Parking("occurred_at_out_of_range")
    if not _DAY.fullmatch(envelope.business_date):
        return Parking("business_date_malformed", "expected YYYY-MM-DD")
    return None


def _event_row(event: Event) -> Row:
    """The event's row; what its column can't hold is null there, and whole in the line."""
    envelope = event.envelope
    kind, day, at = envelope.kind, envelope.business_date, envelope.occurred_at
    return (
        envelope.seq,
        envelope.event_id if _UUID.fullmatch(envelope.event_id) else None,
        kind if len(kind) <= MAX_WORD_CHARS and "\0" not in kind else None,
        day if _DAY.fullmatch(day) else None,
        at if 0 <= at <= MAX_SEQ else None,
        event.hash,
        event.line,
    )


def _effects(event: Event, body: EventBody) -> Effects:
    envelope, row = event.envelope, _event_row(event)
    seq = envelope.seq
    match body:
        case SaleRecorded():
            receipt = receipt_text(envelope.store, envelope.till, body.receipt_no)
            return Effects(
                seq,
                row,
                sale=_sale_row(envelope, body),
                redemptions=[
                    _redemption_row(envelope, n, redemption, receipt)
                    for n, redemption in enumerate(body.redemptions)
                ],
                movements=[(seq, line.sku, line.quantity) for line in body.lines],
                given=[
                    (seq, coupon.coupon_id, body.sale_id, envelope.occurred_at)
                    for coupon in body.given
                ],
                promotions=_promotion_rows(envelope, body),
            )
        case CouponRedeemed():
            use = _redemption_row(envelope, 0, body.redemption, body.order_ref or "")
            return Effects(seq, row, redemptions=[use])
        case RedemptionReversed():
            ids = body.redemption_id, body.coupon_id
            return Effects(seq, row, reversals=[(seq, 0, *ids, envelope.occurred_at)])
        case SaleRefunded():
            return Effects(
                seq,
                row,
                refund=_refund_row(envelope, body),
                reversals=[
                    (seq, n, coupon.redemption_id, coupon.coupon_id, envelope.occurred_at)
                    for n, coupon in enumerate(body.uses_back)
                ],
                movements=[(seq, line.sku, -line.quantity) for line in body.lines],
            )
        case ShiftClosed():
            if refusal := _closing_refusal(envelope, body):
                return parked(event, refusal)
            return Effects(seq, row, closing=_closing_row(envelope, body))
        case _:  # held as events only
            return Effects(seq, row)


def _sale_row(envelope: Envelope, sale: SaleRecorded) -> Row:
    return (
        envelope.seq,
        sale.sale_id,
        envelope.till,
        sale.receipt_no,
        envelope.business_date,
        envelope.occurred_at,
        sale.total_fen,
        sale.discount_fen,
        sale.payable_fen,
        sale.points_earned,
        sale.member_id,
    )


def _promotion_rows(envelope: Envelope, sale: SaleRecorded) -> list[Row]:
    """What a sale says of promotions; before they were known, its coupons are all there is."""
    seq, day = envelope.seq, envelope.business_date
    return [
        (seq, n, one.promotion, one.version, day, one.fen, one.times, one.coupon_id)
        for n, one in enumerate(_told(sale))
    ]


def _told(sale: SaleRecorded) -> Sequence[AppliedPromotion]:
    return sale.promotions or [
        AppliedPromotion(
            promotion=f"{PREFIX}{use.campaign}",
            name="",
            fen=use.discount_fen,
            coupon_id=use.coupon_id,
        )
        for use in sale.redemptions
    ]


def _refund_row(envelope: Envelope, refund: SaleRefunded) -> Row:
    return (
        envelope.seq,
        refund.refund_id,
        refund.sale_id,
        envelope.till,
        refund.receipt_no,
        envelope.business_date,
        envelope.occurred_at,
        refund.refunded_fen,
        refund.points_back,
        refund.member_id,
        False,
    )


def _closing_refusal(envelope: Envelope, closed: ShiftClosed) -> Parking | None:
    report = closed.report
    if not is_signed(closed):
        return Parking("bad_closing_signature", "the signature does not fit report and signer")
    if (report.store, report.till) != (envelope.store, envelope.till):
        return Parking("closing_of_other_till", "the report names another store or till")
    if report.closed_at is None or report.closed_by is None or report.counted_fen is None:
        return Parking("closing_without_count", "an X report does not close a shift")
    return None


def _closing_row(envelope: Envelope, closed: ShiftClosed) -> Row:
    report = closed.report
    return (
        envelope.seq,
        envelope.till,
        report.z_no,
        report.shift_id,
        envelope.business_date,
        report.opened_at,
        report.closed_at,
        report.closed_by,
        report.sales_count,
        report.sales_fen,
        report.refunds_count,
        report.refunds_fen,
        report.expected_cash_fen,
        report.counted_fen,
        report.difference_fen,
        closed.signer,
    )


def _redemption_row(envelope: Envelope, n: int, use: Redemption, receipt: str) -> Row:
    return (
        envelope.seq,
        n,
        use.redemption_id,
        use.coupon_id,
        use.campaign,
        use.discount_fen,
        use.at_risk,
        use.bound,
        use.policy_version,
        use.member_id,
        use.approved_by,
        envelope.till,
        receipt,
        envelope.occurred_at,
    )


def _has_nul(effects: Effects) -> bool:
    """Whether a text holds U+0000, the one character that no column of PostgreSQL takes."""
    values = (value for row in _rows(effects) for value in row)
    return any(isinstance(value, str) and "\0" in value for value in values)


def _rows(effects: Effects) -> Iterator[Row]:
    for row in (effects.sale, effects.refund, effects.closing):
        if row is not None:
            yield row
    yield from effects.redemptions
    yield from effects.reversals
    yield from effects.movements
    yield from effects.given
    yield from effects.promotions
