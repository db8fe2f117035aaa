"""Reading a journal that may be damaged: every event that proves itself, and which are missing.

An event proves itself by its hash; its place among the others, by theirs. What lies on a page that
can't be read is passed over, and told.
"""

from collections.abc import Iterator

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.line.chain import line_hash, line_of
from agent.store.line.journal import COLUMNS, Row, envelope_of
from agent.store.sqlite import Connection, DatabaseError

READ_ROWS = 200
GIVEN_UP_AFTER = 10_000
"""So many places in a row that can't be read are taken for the end, when the end itself can't
be."""


_UNREADABLE = (DatabaseError, UnicodeDecodeError)
"""Of a damaged page: also a column's name or a text that holds other bytes."""


class OldEvent(Struct, frozen=True, kw_only=True):
    """An event as it stood in the old journal."""

    seq: int
    event_id: str
    kind: str
    body: bytes
    occurred_at: Millis
    business_date: str
    till: str
    cashier: str
    follows: bool
    """Whether it continues the chain of the event that was read before it."""


class Stretch(Struct, frozen=True):
    """Places of the journal that could not be read, the last one included."""

    first: int
    last: int


class OldJournal:
    """The journal in a file that is only read."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self.store = ""
        self.acked_seq = 0
        """What HQ had acknowledged; 0 also when that can't be read."""
        self.pruned_seq = 0
        self.lost: list[Stretch] = []
        """Known once the events were read."""
        self._read_state()

    def events(self, store: str) -> Iterator[OldEvent]:
        """Yield what proves itself after what HQ had acknowledged, in order."""
        before, seq = b"", max(self.acked_seq, self.pruned_seq)
        last = self._last_seq()
        while last is None or seq < last:
            rows = self._rows_after(seq)
            if rows is not None and not rows:
                break
            for row in rows or (None,):
                place = row[0] if row else seq + 1
                self._note_gap(seq + 1, place - 1)
                event = _proven(store, row, before) if row else None
                if event is None:
                    self._note_gap(place, place)
                else:
                    yield event
                before, seq = (row[9] if event and row else b""), place
            if last is None and self._gap_at(seq) >= GIVEN_UP_AFTER:
                self.lost.pop()
                break
        if last is not None:
            self._note_gap(seq + 1, last)

    def _read_state(self) -> None:
        try:
            row = self._db.execute("SELECT store, acked_seq, pruned_seq FROM sync_state").fetchone()
        except _UNREADABLE:
            return
        if row is not None:
            self.store, self.acked_seq, self.pruned_seq = row

    def _last_seq(self) -> int | None:
        try:
            return int(self._db.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0])
        except _UNREADABLE:
            return None

    def _rows_after(self, seq: int) -> list[Row] | None:
        """The next rows; only the very next one where a page can't be read, None when it is
        there."""
        query = f"SELECT {COLUMNS} FROM journal WHERE seq > ? ORDER BY seq LIMIT ?"  # noqa: S608
        try:
            return self._db.execute(query, (seq, READ_ROWS)).fetchall()
        except _UNREADABLE:
            pass
        try:
            one = f"SELECT {COLUMNS} FROM journal WHERE seq = ?"  # noqa: S608 - constants
            return self._db.execute(one, (seq + 1,)).fetchall() or None
        except _UNREADABLE:
            return None

    def _note_gap(self, first: int, last: int) -> None:
        if last < first:
            return
        if self.lost and self.lost[-1].last == first - 1:
            first = self.lost.pop().first
        self.lost.append(Stretch(first, last))

    def _gap_at(self, seq: int) -> int:
        """How many places up to `seq` were missing in a row."""
        if not self.lost or self.lost[-1].last != seq:
            return 0
        return self.lost[-1].last - self.lost[-1].first + 1


def _proven(store: str, row: Row, before: bytes) -> OldEvent | None:
    try:
        found = line_hash(line_of(envelope_of(store, row)))
    except (TypeError, ValueError, AttributeError):  # a damaged page may hold any type
        return None
    if found != row[9]:
        return None
    return OldEvent(
        seq=row[0],
        event_id=row[1],
        kind=row[2],
        body=row[3],
        occurred_at=Millis(row[4]),
        business_date=row[5],
        till=row[6],
        cashier=row[7],
        follows=row[8] == before,
    )
