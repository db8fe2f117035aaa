"""Shifts: when a till was opened and closed, and the numbers of its Z reports, without a gap."""

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.events import ShiftOpened
from agent.store.journal import Place
from agent.store.sqlite import Connection

_COLUMNS = "shift_id, till, cashier, z_no, opened_at, opened_seq, float_fen, closed_seq"


class Shift(Struct, frozen=True, kw_only=True):
    """A shift as it stands."""

    shift_id: str
    till: str
    cashier: str
    """Who opened it."""
    z_no: int
    opened_at: Millis
    opened_seq: int
    float_fen: int
    closed_seq: int | None = None
    """Place of its closing; None while it is open."""


def next_z_no(db: Connection, till: str) -> int:
    """Return the number of the till's next shift, in the transaction that opens it."""
    row = db.execute("SELECT coalesce(max(z_no), 0) + 1 FROM shift WHERE till = ?", (till,))
    return int(row.fetchone()[0])


def add(
    db: Connection, opened: ShiftOpened, place: Place, *, till: str, cashier: str, at: Millis
) -> Shift:
    """Record a shift that was opened; the database refuses a second open one of a till."""
    shift = Shift(
        shift_id=opened.shift_id,
        till=till,
        cashier=cashier,
        z_no=opened.z_no,
        opened_at=at,
        opened_seq=place.seq,
        float_fen=opened.float_fen,
    )
    db.execute(
        f"INSERT INTO shift ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,NULL)",  # noqa: S608 - constants
        (
            shift.shift_id,
            till,
            cashier,
            shift.z_no,
            at,
            shift.opened_seq,
            shift.float_fen,
        ),
    )
    return shift


def current(db: Connection, till: str) -> Shift | None:
    """Return the till's open shift."""
    return _one(db, "till = ? AND closed_seq IS NULL", till)


def get(db: Connection, shift_id: str) -> Shift | None:
    """Return a shift, open or closed."""
    return _one(db, "shift_id = ?", shift_id)


def close(db: Connection, shift_id: str, seq: int) -> None:
    """Record that the event at `seq` closed the shift."""
    db.execute("UPDATE shift SET closed_seq = ? WHERE shift_id = ?", (seq, shift_id))


def _one(db: Connection, condition: str, value: str) -> Shift | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM shift WHERE {condition}",  # noqa: S608 - conditions are ours
        (value,),
    ).fetchone()
    if row is None:
        return None
    return Shift(
        shift_id=row[0],
        till=row[1],
        cashier=row[2],
        z_no=row[3],
        opened_at=Millis(row[4]),
        opened_seq=row[5],
        float_fen=row[6],
        closed_seq=row[7],
    )
