"""Apply the past: what HQ tells of journals that this PC does not have, beside its own journal.

Stock and points are told as figures that contain it; here are the things that can be found,
printed, given back and not used again.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from agent.domain.cash.events import ShiftClosed
from agent.domain.coupons.events import CouponRedeemed, Redemption, RedemptionReversed
from agent.domain.line.event_body import decode_body
from agent.domain.line.past import past_place
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded
from agent.domain.selling.receipt import receipt_text
from agent.store import refunds
from agent.store.cash import shifts
from agent.store.cash.shifts import Shift
from agent.store.coupons import handouts, redemptions
from agent.store.line import past, sync_state
from agent.store.line.journal import Recorded
from agent.store.selling import promotion_uses, sales
from agent.store.sqlite import Connection
from sync.protocol.changes import HandoutGivenChange, PastEndChange, PastEventChange


def apply_past_event(db: Connection, body: bytes) -> None:
    """Take in an event of a lost journal; what is known stays as it is.

    Raises ValueError or msgspec.MsgspecError for one that this version does not know.
    """
    told = msgspec.json.decode(body, type=PastEventChange)
    envelope = told.event
    decoded = decode_body(envelope.kind, envelope.body)
    note = _NOTES.get(type(decoded))
    if note is None:
        raise ValueError(f"no meaning for {envelope.kind[:60]!r} of the past")
    store = sync_state.get(db).store
    if envelope.store != store:
        raise ValueError(f"the past of {envelope.store} was told to {store}")
    event = Recorded(
        seq=past_place(told.epoch, told.seq),
        kind=envelope.kind,
        body=bytes(envelope.body),
        occurred_at=envelope.occurred_at,
        business_date=envelope.business_date,
        till=envelope.till,
        cashier=envelope.cashier,
    )
    if note(db, store, event, decoded):
        past.put(db, event)


def take_note(db: Connection, store: str, event: Recorded, body: Any) -> bool:
    """Note what an event that this PC's journal does not have did; tell whether it was news.

    An event whose kind does nothing that can be found again is news.
    """
    note = _NOTES.get(type(body))
    return note is None or note(db, store, event, body)


def apply_past_end(db: Connection, body: bytes) -> None:
    """Note that the past of an epoch was told to its end."""
    sync_state.heard_past(db, msgspec.json.decode(body, type=PastEndChange).epoch)


def apply_handout_given(db: Connection, body: bytes) -> None:
    """Note that a coupon was given away by a journal that this PC does not have."""
    told = msgspec.json.decode(body, type=HandoutGivenChange)
    handouts.mark_given(db, told.coupon_id, told.sale_id)


def _sale(db: Connection, store: str, event: Recorded, sale: SaleRecorded) -> bool:
    if sales.find(db, sale.sale_id) is not None:
        return False
    sales.note(db, sale, seq=event.seq, till=event.till)
    promotion_uses.add(db, sale, event.business_date)
    receipt = receipt_text(store, event.till, sale.receipt_no)
    for use in sale.redemptions:
        _use(db, event, use, receipt=receipt, sale_id=sale.sale_id)
    return True


def _redeemed(db: Connection, _store: str, event: Recorded, redeemed: CouponRedeemed) -> bool:
    if redemptions.get(db, redeemed.redemption.redemption_id) is not None:
        return False
    _use(db, event, redeemed.redemption, receipt=redeemed.order_ref or "", sale_id=None)
    return True


def _use(
    db: Connection, event: Recorded, use: Redemption, *, receipt: str, sale_id: str | None
) -> None:
    moment = redemptions.Moment(
        seq=event.seq,
        till=event.till,
        receipt=receipt,
        occurred_at=event.occurred_at,
        sale_id=sale_id,
    )
    redemptions.add(db, use, moment)


def _reversed(db: Connection, _store: str, event: Recorded, undone: RedemptionReversed) -> bool:
    redemptions.reverse(db, undone.redemption_id, event.seq)
    return True


def _refunded(db: Connection, _store: str, event: Recorded, refund: SaleRefunded) -> bool:
    if refunds.is_known(db, refund.refund_id):
        return False
    refunds.note(db, refund, seq=event.seq, till=event.till)
    for coupon in refund.uses_back:
        redemptions.reverse(db, coupon.redemption_id, event.seq)
    return True


def _closed(db: Connection, _store: str, event: Recorded, closed: ShiftClosed) -> bool:
    report = closed.report
    known = shifts.get(db, report.shift_id)
    if known is not None and known.closed_seq is not None:
        return False
    shifts.note_closed(
        db,
        Shift(
            shift_id=report.shift_id,
            till=report.till,
            cashier=report.opened_by,
            z_no=report.z_no,
            opened_at=report.opened_at,
            opened_seq=event.seq,
            float_fen=report.float_fen,
            closed_seq=event.seq,
        ),
    )
    return True


_NOTES: Mapping[type, Callable[[Connection, str, Recorded, Any], bool]] = {
    SaleRecorded: _sale,
    CouponRedeemed: _redeemed,
    RedemptionReversed: _reversed,
    SaleRefunded: _refunded,
    ShiftClosed: _closed,
}
"""What can be told back, by its kind; each tells whether it was news."""
