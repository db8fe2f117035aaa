"""Shifts: when a till was opened and closed, and the numbers of its Z reports, without a gap."""

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.selling.receipt import UNGREETED
from agent.store.sqlite import Connection


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


_COLUMNS = ", ".join(Shift.__struct_fields__)


_NEXT = """
WITH state AS (
    SELECT coalesce(max(epoch), 0) = 0 AS ungreeted,
        coalesce(max(iif(epoch = 0, ungreeted_after, shifts_after)), 0) AS after
    FROM sync_state)
SELECT 1 + max(after, coalesce(
    (SELECT max(z_no) FROM shift WHERE till = :till AND (ungreeted OR z_no <= :limit)), 0))
FROM state
"""


def next_z_no(db: Connection, till: str) -> int:
    """Return the number of the till's next shift, in the transaction that opens it."""
    return int(db.execute(_NEXT, {"till": till, "limit": UNGREETED}).fetchone()[0])


def add(db: Connection, shift: Shift) -> None:
    """Record a shift that was opened; the database refuses a second open one of a till."""
    db.execute(
        "INSERT INTO shift (shift_id, till, cashier, z_no, opened_at, opened_seq, float_fen, "
        "closed_seq) "
        "VALUES (?,?,?,?,?,?,?,?)",
        msgspec.structs.astuple(shift),
    )


def note_closed(db: Connection, shift: Shift) -> None:
    """Record a shift that HQ tells as closed; one that is open here was closed there."""
    if get(db, shift.shift_id) is None:
        add(db, shift)
    elif shift.closed_seq is not None:
        db.execute(
            "UPDATE shift SET closed_seq = ? WHERE shift_id = ? AND closed_seq IS NULL",
            (shift.closed_seq, shift.shift_id),
        )


def current(db: Connection, till: str) -> Shift | None:
    """Return the till's open shift."""
    return _one(db, "till = ? AND closed_seq IS NULL", till)


def all_open(db: Connection) -> tuple[Shift, ...]:
    """Return the open shifts of all tills, the first opened first."""
    return _those(db, "closed_seq IS NULL ORDER BY opened_at")


def get(db: Connection, shift_id: str) -> Shift | None:
    """Return a shift, open or closed."""
    return _one(db, "shift_id = ?", shift_id)


def close(db: Connection, shift_id: str, seq: int) -> None:
    """Record that the event at `seq` closed the shift."""
    db.execute("UPDATE shift SET closed_seq = ? WHERE shift_id = ?", (seq, shift_id))


def _one(db: Connection, condition: str, value: str) -> Shift | None:
    return next(iter(_those(db, condition, value)), None)


def _those(db: Connection, condition: str, *values: str) -> tuple[Shift, ...]:
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM shift WHERE {condition}",  # noqa: S608 - conditions are ours
        values,
    )
    return tuple(Shift(**dict(zip(Shift.__struct_fields__, row, strict=True))) for row in rows)
