"""Bring in: events of an old journal of this store become events of its present one.

Each keeps its event_id, by which head office knows one that it has; here, what is known stays as
it is.
"""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from agent.domain.cash.events import ShiftClosed, ShiftOpened
from agent.domain.line.event_body import decode_body
from agent.domain.line.past import past_place
from agent.domain.selling.events import SaleRecorded
from agent.services.line.apply_past import take_note
from agent.store import facts
from agent.store.coupons import handouts
from agent.store.line import journal, recovered
from agent.store.line.journal import Recorded, Written
from agent.store.line.old_journal import OldEvent
from agent.store.sqlite import Connection, IntegrityError

STEP_EVENTS = 200
"""Brought in by one transaction."""


class BroughtIn(Struct, kw_only=True):
    """What came of the events of an old journal."""

    read: int = 0
    """That prove themselves, and head office had not acknowledged there."""
    recorded: int = 0
    """That are in the present journal now, on their way to head office."""
    known: int = 0
    """That this PC, or head office, had already."""
    apart: int = 0
    """Recorded ones whose coupon or number is taken here since: head office judges."""
    open_shifts: list[str] = []
    """Till and number of shifts whose end was not among them: no Z report sums them."""


def bring_in(db: Connection, store: str, events: Iterable[OldEvent]) -> BroughtIn:
    """Record the events that are not known, a few in each transaction; return what came of them."""
    found = BroughtIn()
    known = {event_id for (event_id,) in db.execute("SELECT event_id FROM journal")}
    shifts: dict[str, ShiftOpened] = {}
    waiting: list[tuple[OldEvent, str]] = []
    for event in events:
        found.read += 1
        shift_id = _shift_of(event, shifts)
        if event.event_id in known:
            found.known += 1
            continue
        known.add(event.event_id)
        waiting.append((event, shift_id))
        if len(waiting) == STEP_EVENTS:
            _record(db, store, waiting, found)
            waiting = []
    _record(db, store, waiting, found)
    found.open_shifts = [f"{till} Z{opened.z_no}" for till, opened in sorted(shifts.items())]
    return found


def _shift_of(event: OldEvent, shifts: dict[str, ShiftOpened]) -> str:
    """Return the shift that `event` belongs to, empty when its opening was not read."""
    body = _decoded(event)
    if isinstance(body, ShiftOpened):
        shifts[event.till] = body
    shift = shifts.get(event.till)
    if isinstance(body, ShiftClosed):
        shifts.pop(event.till, None)
    return shift.shift_id if shift else ""


def _record(
    db: Connection, store: str, waiting: list[tuple[OldEvent, str]], found: BroughtIn
) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        for event, shift_id in waiting:
            _record_one(db, store, event, shift_id, found)
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _record_one(
    db: Connection, store: str, event: OldEvent, shift_id: str, found: BroughtIn
) -> None:
    body = _decoded(event)
    if body is not None and not _noted(db, store, event, body, found):
        found.known += 1
        return
    if isinstance(body, SaleRecorded):
        for coupon in body.given:
            handouts.mark_given(db, coupon.coupon_id, body.sale_id)
    recovered.add(db, journal.append_written(db, store, _written(event)), shift_id)
    found.recorded += 1


def _noted(db: Connection, store: str, event: OldEvent, body: Struct, found: BroughtIn) -> bool:
    """Note what the event did; whether it was news. What collides with the present is noted
    apart."""
    here, apart = journal.tip(db).seq + 1, past_place(1, event.seq)
    for place in (here, apart):
        db.execute("SAVEPOINT note")
        try:
            news = take_note(db, store, _at(place, event), body)
        except IntegrityError:
            db.execute("ROLLBACK TO note")
            facts.forget(db)
            found.apart += place == here
        else:
            return news
        finally:
            db.execute("RELEASE note")
    return True


def _written(event: OldEvent) -> Written:
    return Written(
        event_id=event.event_id,
        kind=event.kind,
        body=event.body,
        occurred_at=event.occurred_at,
        business_date=event.business_date,
        till=event.till,
        cashier=event.cashier,
    )


def _at(place: int, event: OldEvent) -> Recorded:
    return Recorded(
        seq=place,
        kind=event.kind,
        body=event.body,
        occurred_at=event.occurred_at,
        business_date=event.business_date,
        till=event.till,
        cashier=event.cashier,
    )


def _decoded(event: OldEvent) -> Struct | None:
    try:
        return decode_body(event.kind, event.body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
