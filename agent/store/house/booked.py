"""Booked: what the tables have to say of one event of the journal."""

from collections.abc import Iterator
from functools import singledispatch
from typing import Any

from msgspec import Struct

from agent.domain.cash.events import ShiftClosed, ShiftOpened
from agent.domain.coupons.events import CouponRedeemed, Redemption, RedemptionReversed
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded
from agent.domain.selling.receipt import receipt_text
from agent.store.sqlite import Connection


class Happened(Struct, frozen=True, kw_only=True):
    """An event of the journal, but for its body."""

    store: str
    seq: int
    till: str
    cashier: str
    at: int
    recovered: bool
    """Brought in from another journal: it may be noted apart, and moved nothing."""


@singledispatch
def differences_of(_body: Any, _db: Connection, _event: Happened) -> Iterator[str]:
    """Yield what is missing or otherwise in the tables; of most events they say nothing."""
    return iter(())


@differences_of.register
def _sale(body: SaleRecorded, db: Connection, event: Happened) -> Iterator[str]:
    row = (event.seq, event.till, body.receipt_no, body.member_id, body.points_earned)
    yield from _row(db, event, _SALE, body.sale_id, row)
    receipt = receipt_text(event.store, event.till, body.receipt_no)
    for use in body.redemptions:
        yield from _use(db, event, use, receipt, body.sale_id)


_SALE = "SELECT seq, till, receipt_no, member_id, points_earned FROM sale WHERE sale_id = ?"


@differences_of.register
def _refund(body: SaleRefunded, db: Connection, event: Happened) -> Iterator[str]:
    row = (
        *(body.sale_id, event.seq, event.till, body.receipt_no),
        *(body.refunded_fen, body.points_back, body.member_id),
    )
    yield from _row(db, event, _REFUND, body.refund_id, row)
    lines = db.execute(
        "SELECT place, quantity, amount_fen FROM refund_line WHERE refund_id = ?", (body.refund_id,)
    ).fetchall()
    if sorted(lines) != sorted((line.place, line.quantity, line.amount_fen) for line in body.lines):
        yield f"the lines of refund {body.refund_id} are otherwise"
    for coupon in body.uses_back:
        yield from _taken_back(db, coupon.redemption_id)


_REFUND = (
    "SELECT sale_id, seq, till, receipt_no, refunded_fen, points_back, member_id "
    "FROM refund WHERE refund_id = ?"
)


@differences_of.register
def _redeemed(body: CouponRedeemed, db: Connection, event: Happened) -> Iterator[str]:
    yield from _use(db, event, body.redemption, body.order_ref or "", None)


def _use(
    db: Connection, event: Happened, use: Redemption, receipt: str, sale_id: str | None
) -> Iterator[str]:
    row = (
        *(use.coupon_id, event.seq, use.member_id, int(use.at_risk), use.discount_fen),
        *(event.till, receipt, event.at, sale_id),
    )
    yield from _row(db, event, _REDEMPTION, use.redemption_id, row)


_REDEMPTION = (
    "SELECT coupon_id, seq, member_id, at_risk, discount_fen, till, receipt, occurred_at, sale_id "
    "FROM redemption WHERE redemption_id = ?"
)


@differences_of.register
def _reversed(body: RedemptionReversed, db: Connection, _event: Happened) -> Iterator[str]:
    yield from _taken_back(db, body.redemption_id)


def _taken_back(db: Connection, redemption_id: str) -> Iterator[str]:
    left = db.execute(
        "SELECT 1 FROM redemption WHERE redemption_id = ? AND reversed_seq IS NULL",
        (redemption_id,),
    ).fetchone()
    if left is not None:
        yield f"redemption {redemption_id} was taken back, and counts as in use"


@differences_of.register
def _opened(body: ShiftOpened, db: Connection, event: Happened) -> Iterator[str]:
    row = (event.till, event.cashier, body.z_no, event.at, event.seq, body.float_fen)
    if not event.recovered:
        yield from _row(db, event, _SHIFT, body.shift_id, row)


_SHIFT = (
    "SELECT till, cashier, z_no, opened_at, opened_seq, float_fen FROM shift WHERE shift_id = ?"
)


@differences_of.register
def _closed(body: ShiftClosed, db: Connection, event: Happened) -> Iterator[str]:
    yield from _row(
        db,
        event,
        "SELECT closed_seq FROM shift WHERE shift_id = ?",
        body.report.shift_id,
        (event.seq,),
    )


def _row(
    db: Connection, event: Happened, query: str, number: str, expected: tuple[object, ...]
) -> Iterator[str]:
    found = db.execute(query, (number,)).fetchone()
    if found is None:
        yield f"what it says of {number} is in no table"
    elif not event.recovered and tuple(found) != expected:
        yield f"the tables say otherwise of {number}"
