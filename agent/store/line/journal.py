"""The journal: append-only, gapless, hash-chained. The outbox is its part past acked_seq."""

from collections.abc import Iterator

from msgspec import Raw, Struct

from agent.base.clock import Millis
from agent.base.strict_json import canonical
from agent.domain.line.chain import GENESIS, ChainBrokenError, Envelope, line_hash, line_of
from agent.domain.line.event_body import names_of
from agent.domain.line.events import EventBody, EventKind
from agent.store.errors import StoreError
from agent.store.facts import know, recall
from agent.store.sqlite import Connection, DatabaseError

MAX_EVENT_BYTES = 100_000
"""Largest line; well below what the protocol carries, so that no event is ever unsendable."""

COLUMNS = "seq, event_id, kind, body, occurred_at, business_date, till, cashier, prev_hash, hash"
Row = tuple[int, str, str, bytes, int, str, str, str, bytes, bytes]
"""Of an event's row, in order."""
_INSERT = f"INSERT INTO journal ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)"  # noqa: S608 - constants


class EventTooLargeError(StoreError):
    """The event's line would be longer than MAX_EVENT_BYTES; nothing was written."""


class NewEvent(Struct, frozen=True, kw_only=True):
    """An event before it has its place in the journal."""

    event_id: str
    kind: EventKind
    body: EventBody
    occurred_at: Millis
    business_date: str
    till: str
    cashier: str


class Written(Struct, frozen=True, kw_only=True):
    """An event whose body stands as it is recorded: canonical JSON of the version in its `kind`."""

    event_id: str
    kind: str
    body: bytes
    occurred_at: Millis
    business_date: str
    till: str
    cashier: str


class Place(Struct, frozen=True):
    """A place in the journal."""

    seq: int
    hash: bytes


class Recorded(Struct, frozen=True, kw_only=True):
    """An event as a reader of figures needs it."""

    seq: int
    kind: str
    body: bytes
    occurred_at: Millis
    business_date: str
    till: str
    cashier: str


_RECORDED = ", ".join(Recorded.__struct_fields__)
_NEWEST = (
    "FROM journal WHERE seq NOT IN (SELECT seq FROM recovered_event) ORDER BY seq DESC LIMIT 1"
)
"""Recovered events happened before those that they follow."""


def tip(db: Connection) -> Place:
    """Return the newest place; the pruned one, or the origin, when there is no row."""
    return recall(db, "journal", "tip", lambda: _tip(db))


def newest_at(db: Connection) -> Millis:
    """Return the time of the newest event, 0 when there is none."""
    row = db.execute(f"SELECT occurred_at {_NEWEST}").fetchone()
    return Millis(row[0] if row else 0)


def newest_day(db: Connection) -> str:
    """Return the business date of the newest event, empty when there is none."""
    row = db.execute(f"SELECT business_date {_NEWEST}").fetchone()
    return str(row[0]) if row else ""


def pruned_through(db: Connection) -> int:
    """Return the newest seq that was deleted, 0 when none was."""
    return int(db.execute("SELECT pruned_seq FROM sync_state").fetchone()[0])


def occurred_at(db: Connection, seq: int) -> Millis | None:
    """Return the time of the event at `seq`, None when it is not there."""
    row = db.execute("SELECT occurred_at FROM journal WHERE seq = ?", (seq,)).fetchone()
    return Millis(row[0]) if row else None


def append(db: Connection, store: str, event: NewEvent) -> Place:
    """Append `event` inside the caller's transaction; return its place."""
    return append_written(
        db,
        store,
        Written(
            event_id=event.event_id,
            kind=names_of(event.kind)[-1],
            body=canonical(event.body),
            occurred_at=event.occurred_at,
            business_date=event.business_date,
            till=event.till,
            cashier=event.cashier,
        ),
    )


def append_written(db: Connection, store: str, event: "Written") -> Place:
    """Append an event whose body is written; return its place."""
    last = tip(db)
    row = (
        last.seq + 1,
        event.event_id,
        event.kind,
        event.body,
        event.occurred_at,
        event.business_date,
        event.till,
        event.cashier,
        last.hash,
    )
    line = line_of(envelope_of(store, (*row, b"")))
    if len(line) > MAX_EVENT_BYTES:
        raise EventTooLargeError(f"the event has {len(line)} bytes, at most {MAX_EVENT_BYTES}")
    place = Place(last.seq + 1, line_hash(line))
    db.execute(_INSERT, (*row, place.hash))
    know(db, "journal", "tip", place)
    return place


def lines(db: Connection, store: str, *, after_seq: int, max_events: int) -> Iterator[bytes]:
    """Yield the lines of the events after `after_seq`, in order."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",  # noqa: S608 - constants
        (after_seq, max_events),
    )
    return (line_of(envelope_of(store, row)) for row in rows)


def line_hashes(db: Connection, store: str, first: int, last: int) -> list[bytes]:
    """Return the hashes of the lines from `first` to `last` as they stand now, in order."""
    rows = db.execute(
        f"SELECT {COLUMNS} FROM journal WHERE seq BETWEEN ? AND ? ORDER BY seq",  # noqa: S608 - constants
        (first, last),
    )
    return [line_hash(line_of(envelope_of(store, row))) for row in rows]


def body_at(db: Connection, seq: int) -> bytes | None:
    """Return the body of the event at `seq`, None when it is not (or no longer) there.

    Below 0 it is one that HQ told back (agent/domain/past.py).
    """
    row = db.execute("SELECT body FROM recorded_event WHERE seq = ?", (seq,)).fetchone()
    return row[0] if row else None


def of_shift(db: Connection, till: str, shift_id: str, *, after_seq: int) -> Iterator[Recorded]:
    """Yield the events at `till` after `after_seq`, in order; of recovered ones the shift's own."""
    rows = db.execute(
        f"SELECT {_RECORDED} FROM journal WHERE seq > ? AND till = ? AND seq NOT IN "  # noqa: S608 - constants
        "(SELECT seq FROM recovered_event WHERE shift_id <> ?) ORDER BY seq",
        (after_seq, till, shift_id),
    )
    return map(_recorded, rows)


def receipts_of_day(db: Connection, day: str, *, till: str | None = None) -> Iterator[Recorded]:
    """Yield the sales and refunds of a business date, the newest first, those told back last."""
    rows = db.execute(
        f"SELECT {_RECORDED} FROM recorded_event WHERE business_date = ? "  # noqa: S608 - constants
        "AND kind IN ('sale.recorded', 'sale.refunded') AND till = coalesce(?, till) "
        "ORDER BY seq DESC",
        (day, till),
    )
    return map(_recorded, rows)


def recorded_at(db: Connection, seq: int) -> Recorded | None:
    """Return the event at `seq`, None when it is not (or no longer) there.

    Below 0 it is one that HQ told back (agent/domain/past.py).
    """
    row = db.execute(
        f"SELECT {_RECORDED} FROM recorded_event WHERE seq = ?",  # noqa: S608 - constants
        (seq,),
    ).fetchone()
    return _recorded(row) if row else None


def hash_at(db: Connection, seq: int) -> bytes | None:
    """Return the hash at `seq` (0: the origin), None when it is not (or no longer) there."""
    if seq == 0:
        return GENESIS
    row = db.execute("SELECT hash FROM journal WHERE seq = ?", (seq,)).fetchone()
    if row is None:
        row = db.execute(
            "SELECT pruned_hash FROM sync_state WHERE pruned_seq = ?", (seq,)
        ).fetchone()
    return row[0] if row else None


def verify(db: Connection, store: str, *, after: Place | None = None) -> int:
    """Check the chain from `after` (default: the oldest row) to the tip; return the rows checked.

    Raises ChainBrokenError at the first event that does not follow, or is not what HQ acknowledged.
    """
    start = after or Place(*db.execute("SELECT pruned_seq, pruned_hash FROM sync_state").fetchone())
    seq, prev = start.seq, start.hash
    rows = db.execute(
        f"SELECT {COLUMNS} FROM journal WHERE seq > ? ORDER BY seq",  # noqa: S608 - constants
        (seq,),
    )
    try:
        for row in rows:
            prev = _follow(seq + 1, prev, store, row)
            seq += 1
    except DatabaseError as error:
        raise ChainBrokenError(seq + 1, f"it can't be read: {error}") from error
    _verify_ends(db)
    return seq - start.seq


def prune(db: Connection, *, through: int, limit: int) -> int:
    """Delete at most `limit` of the oldest events up to `through`, ≤ both acked_seq and
    backup_through, and before every open shift, whose figures are counted from its events;
    return how many. The last one's place is remembered."""
    row = db.execute(
        """SELECT j.seq, j.hash FROM journal j, sync_state s
           WHERE j.seq <= min(s.acked_seq, s.backup_through, s.pruned_seq + ?, ?)
             AND j.seq < coalesce(
                 (SELECT min(opened_seq) FROM shift WHERE closed_seq IS NULL), j.seq + 1)
           ORDER BY j.seq DESC LIMIT 1""",
        (limit, through),
    ).fetchone()
    if row is None:
        return 0
    db.execute("UPDATE sync_state SET pruned_seq = ?, pruned_hash = ?", row)
    return db.execute("DELETE FROM journal WHERE seq <= ?", (row[0],)).rowcount


def _tip(db: Connection) -> Place:
    row = db.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    if row is None:
        row = db.execute("SELECT pruned_seq, pruned_hash FROM sync_state").fetchone()
    return Place(*row)


def _recorded(row: tuple[int, str, bytes, int, str, str, str]) -> Recorded:
    seq, kind, body, at, day, till, cashier = row
    return Recorded(
        seq=seq,
        kind=kind,
        body=body,
        occurred_at=Millis(at),
        business_date=day,
        till=till,
        cashier=cashier,
    )


def _follow(seq: int, prev: bytes, store: str, row: Row) -> bytes:
    """Return the hash of `row` if it is the event `seq` and follows `prev`."""
    if row[0] != seq:
        raise ChainBrokenError(seq, f"missing; the next event is {row[0]}")
    if row[8] != prev:
        raise ChainBrokenError(seq, "prev_hash is not the hash of the event before it")
    found = line_hash(line_of(envelope_of(store, row)))
    if row[9] != found:
        raise ChainBrokenError(seq, "its content does not fit its hash")
    return found


def _verify_ends(db: Connection) -> None:
    """Check what no chain can show: rows before its begin, and an end before what HQ has."""
    acked_seq, acked_hash, pruned_seq = db.execute(
        "SELECT acked_seq, acked_hash, pruned_seq FROM sync_state"
    ).fetchone()
    if acked_seq > pruned_seq and hash_at(db, acked_seq) != acked_hash:
        raise ChainBrokenError(acked_seq, "it is not the event that head office acknowledged")
    stray = db.execute("SELECT seq FROM journal WHERE seq <= ?", (pruned_seq,)).fetchone()
    if stray is not None:
        raise ChainBrokenError(stray[0], "it stands before the first event")


def envelope_of(store: str, row: Row) -> Envelope:
    """Return what the event in `row` says, as it is hashed."""
    seq, event_id, kind, body, occurred_at, business_date, till, cashier, prev_hash, _ = row
    return Envelope(
        body=Raw(body),
        business_date=business_date,
        cashier=cashier,
        event_id=event_id,
        kind=kind,
        occurred_at=Millis(occurred_at),
        prev_hash=prev_hash.hex(),
        seq=seq,
        store=store,
        till=till,
    )
