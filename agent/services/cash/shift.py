"""Shift: a till begins with its float, moves cash, and opens its drawer without a sale."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from agent.base.clock import Millis
from agent.base.ids import uuid7
from agent.base.redaction import redact
from agent.domain.cash.events import CashMoved, DrawerOpened, ShiftOpened
from agent.domain.line.events import EventBody, EventKind
from agent.domain.money import MAX_FEN, Amount
from agent.domain.outcome import Outcome, Sentence
from agent.services.cash.errors import (
    NothingMovedError,
    OtherTillsShiftError,
    ShiftClosedError,
    ShiftOpenError,
    UnknownShiftError,
)
from agent.services.desk.caller import Caller
from agent.services.desk.once import Ticket, once
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.supervision import approver
from agent.services.desk.wire import AtTill, Cashier, Why
from agent.store.cash import shifts
from agent.store.cash.shifts import Shift
from agent.store.idempotency import Answer
from agent.store.sqlite import Connection

_OPENED = Sentence("钱箱已打开。", "The drawer opens.")
_NEEDS_SUPERVISOR = Sentence(
    "无销售开钱箱需主管批准。", "A supervisor has to approve opening the drawer without a sale."
)

SignedAmount = Annotated[
    int,
    Meta(ge=-MAX_FEN, le=MAX_FEN, description="Fen: above 0 put in, below 0 taken out."),
]


class ShiftOrder(AtTill, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shift to be opened."""

    float_fen: Amount
    """Cash in the drawer when it begins."""


class CashOrder(AtTill, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cash put into the drawer or taken out of it, other than by sales."""

    amount_fen: SignedAmount
    why: Why
    """In people's words; phone numbers and codes in it are masked before it is kept."""
    approved_by: Cashier | None = None
    open_drawer: bool = False
    """Open the cash drawer once it is recorded."""


class DrawerOrder(AtTill, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The drawer to be opened without a sale."""

    why: Why
    """In people's words; phone numbers and codes in it are masked before it is kept."""
    approved_by: Cashier | None = None
    """The supervisor, after `needs_supervisor`."""


class OpenShift(Struct, frozen=True, kw_only=True):
    """A shift that runs."""

    shift_id: str
    till: str
    opened_by: str
    """Number of the cashier."""
    z_no: int
    opened_at: Millis
    float_fen: int
    seq: int
    """Place of its opening in the store's journal."""


class CurrentShift(Struct, frozen=True, kw_only=True):
    """The till's shift."""

    shift: OpenShift | None
    """None: the till has no open shift."""


class CashAnswer(Struct, frozen=True, kw_only=True):
    """Cash was moved."""

    shift_id: str
    amount_fen: int
    occurred_at: Millis
    seq: int


class DrawerAnswer(Struct, frozen=True, kw_only=True):
    """Whether the drawer may open; if it may, its pulse is sent at once."""

    recorded: bool
    outcome: Outcome
    """`accepted` or `needs_supervisor`."""
    sentence: Sentence
    seq: int | None = None


async def open_shift(desk: StoreDesk, order: ShiftOrder, ticket: Ticket) -> Answer:
    """Open a shift of the till; answer once. Raises ShiftOpenError."""
    now = desk.time.now()

    def work(db: Connection) -> Answer:
        running = shifts.current(db, order.till)
        if running is not None:
            raise ShiftOpenError("the till has an open shift", shift_id=running.shift_id)
        body = ShiftOpened(
            shift_id=uuid7(now),
            z_no=shifts.next_z_no(db, order.till),
            float_fen=order.float_fen,
        )
        place = _record(desk, db, EventKind.SHIFT_OPENED, body, order, now)
        shift = Shift(
            shift_id=body.shift_id,
            till=order.till,
            cashier=order.cashier,
            z_no=body.z_no,
            opened_at=now,
            opened_seq=place,
            float_fen=body.float_fen,
        )
        shifts.add(db, shift)
        return Answer(201, msgspec.json.encode(_told(shift)))

    return await desk.database.write(lambda db: once(db, ticket, now, work))


async def current_shift(desk: StoreDesk, till: str) -> CurrentShift:
    """Return the till's open shift."""
    shift = await desk.database.read(lambda db: shifts.current(db, till))
    return CurrentShift(shift=_told(shift) if shift else None)


async def move_cash(desk: StoreDesk, shift_id: str, order: CashOrder, ticket: Ticket) -> Answer:
    """Record cash put in or taken out; answer once."""
    now = desk.time.now()
    fresh = False
    if not order.amount_fen:
        raise NothingMovedError("amount_fen is above or below 0")

    def work(db: Connection) -> Answer:
        nonlocal fresh
        fresh = True
        running(db, shift_id, order.till)
        body = CashMoved(
            shift_id=shift_id,
            amount_fen=order.amount_fen,
            why=redact(order.why),
            approved_by=order.approved_by,
        )
        seq = _record(desk, db, EventKind.CASH_MOVED, body, order, now)
        moved = CashAnswer(shift_id=shift_id, amount_fen=order.amount_fen, occurred_at=now, seq=seq)
        return Answer(201, msgspec.json.encode(moved))

    answer = await desk.database.write(lambda db: once(db, ticket, now, work))
    if fresh and order.open_drawer and desk.drawer is not None:
        desk.drawer.open_soon(order.till)
    return answer


async def open_drawer(
    desk: StoreDesk, shift_id: str, order: DrawerOrder, caller: Caller, ticket: Ticket
) -> Answer:
    """Record that the drawer is opened without a sale, then open it; answer once."""
    now = desk.time.now()
    approved_by = approver(caller, order.approved_by)
    opened = False

    def work(db: Connection) -> Answer:
        nonlocal opened
        running(db, shift_id, order.till)
        if approved_by is None:
            refusal = DrawerAnswer(
                recorded=False, outcome=Outcome.NEEDS_SUPERVISOR, sentence=_NEEDS_SUPERVISOR
            )
            return Answer(200, msgspec.json.encode(refusal))
        body = DrawerOpened(shift_id=shift_id, why=redact(order.why), approved_by=approved_by)
        seq = _record(desk, db, EventKind.DRAWER_OPENED, body, order, now)
        opened = True
        done = DrawerAnswer(recorded=True, outcome=Outcome.ACCEPTED, sentence=_OPENED, seq=seq)
        return Answer(201, msgspec.json.encode(done))

    answer = await desk.database.write(lambda db: once(db, ticket, now, work))
    if opened and desk.drawer is not None:  # now, and not when the same is asked again
        desk.drawer.open_soon(order.till)
    return answer


def running(db: Connection, shift_id: str, till: str) -> Shift:
    """Return the till's own open shift.

    Raises UnknownShiftError, OtherTillsShiftError or ShiftClosedError.
    """
    shift = shifts.get(db, shift_id)
    if shift is None:
        raise UnknownShiftError("no such shift was opened in this store")
    if shift.till != till:
        raise OtherTillsShiftError(f"this shift is till {shift.till}'s", till=shift.till)
    if shift.closed_seq is not None:
        raise ShiftClosedError("this shift was closed before")
    return shift


def _record(
    desk: StoreDesk, db: Connection, kind: EventKind, body: EventBody, order: AtTill, now: Millis
) -> int:
    return desk.record(db, kind, body, at=now, till=order.till, cashier=order.cashier).seq


def _told(shift: Shift) -> OpenShift:
    return OpenShift(
        shift_id=shift.shift_id,
        till=shift.till,
        opened_by=shift.cashier,
        z_no=shift.z_no,
        opened_at=shift.opened_at,
        float_fen=shift.float_fen,
        seq=shift.opened_seq,
    )
