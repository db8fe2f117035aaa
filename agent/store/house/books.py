"""The books: whether the tables say of sales, coupons, refunds and shifts what the journal says.

The chain can't show it: an end that was taken off, or a page of a table that changed, leaves it
whole. Rows of events that were pruned can't be compared any more.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from agent.domain.line.event_body import decode_body
from agent.store.house.booked import Happened, differences_of
from agent.store.line import journal
from agent.store.sqlite import Connection


class BooksDifferError(ValueError):
    """A table says otherwise than the journal."""


def compare(db: Connection, store: str, *, after: int = 0) -> None:
    """Compare the events after `after` with the tables, and all tables with the journal.

    Raises BooksDifferError at the first difference.
    """
    with _as_it_stands(db):
        after = max(after, journal.pruned_through(db))
        for found in _differences(db, store, after):
            raise BooksDifferError(found)


@contextmanager
def _as_it_stands(db: Connection) -> Iterator[None]:
    """Let all be read as it was at one moment, whatever is sold meanwhile."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")


def _differences(db: Connection, store: str, after: int) -> Iterator[str]:
    yield from _above_the_tip(db)
    yield from _counted_on(db)
    yield from _without_event(db, after)
    yield from _not_booked(db, store, after)


def _above_the_tip(db: Connection) -> Iterator[str]:
    """Rows of events that come after the journal's last."""
    tip = journal.tip(db).seq
    for table in ("sale", "refund"):
        rows = db.execute(
            f"SELECT till, min(receipt_no), max(receipt_no) FROM {table} "  # noqa: S608 - ours
            "WHERE seq > ? GROUP BY till",
            (tip,),
        )
        for till, first, last in rows:
            yield (
                f"the journal ends at event {tip}, but receipts {first} to {last} of till {till} "
                f"({table}) come after it"
            )
    for table, column in _PLACES:
        row = db.execute(f"SELECT max({column}) FROM {table}").fetchone()  # noqa: S608 - ours
        if row[0] is not None and row[0] > tip:
            yield f"the journal ends at event {tip}, but {table} tells of event {row[0]}"


_PLACES = (
    ("redemption", "seq"),
    ("redemption", "reversed_seq"),
    ("shift", "opened_seq"),
    ("shift", "closed_seq"),
    ("recovered_event", "seq"),
    ("sync_state", "acked_seq"),
    ("sync_state", "pruned_seq"),
)


def _counted_on(db: Connection) -> Iterator[str]:
    """Numbers that were given and stand on no receipt: they are without a gap."""
    for till, given, found in db.execute(_COUNTED_ON):
        yield f"receipt {given} of till {till} was given, but its last one is {found}"


_COUNTED_ON = """
SELECT till, last_no, found FROM (
    SELECT till, last_no, max(
        coalesce((SELECT max(receipt_no) FROM sale s WHERE s.till = c.till), 0),
        coalesce((SELECT max(receipt_no) FROM refund r WHERE r.till = c.till), 0)) AS found
    FROM receipt_counter c)
WHERE last_no > found
"""


def _without_event(db: Connection, after: int) -> Iterator[str]:
    """Rows whose event does not tell of them."""
    for table, number, column, kinds in _TOLD_BY:
        row = db.execute(
            f"SELECT t.{number}, t.{column} FROM {table} t "  # noqa: S608 - ours
            f"LEFT JOIN journal j ON j.seq = t.{column} "
            f"WHERE t.{column} > ? AND (j.seq IS NULL OR NOT ({_kinds(kinds)}) "
            f"OR instr(j.body, CAST(t.{number} AS BLOB)) = 0) LIMIT 1",
            (after,),
        ).fetchone()
        if row is not None:
            yield f"{table} {row[0]} stands there without its event {row[1]}"


_TOLD_BY = (
    ("sale", "sale_id", "seq", ("sale.recorded",)),
    ("refund", "refund_id", "seq", ("sale.refunded",)),
    ("redemption", "redemption_id", "seq", ("sale.recorded", "coupon.redeemed")),
    ("redemption", "redemption_id", "reversed_seq", ("sale.refunded", "redemption.reversed")),
    ("shift", "shift_id", "opened_seq", ("shift.opened", "shift.closed")),
    ("shift", "shift_id", "closed_seq", ("shift.closed",)),
)


def _kinds(kinds: tuple[str, ...]) -> str:
    """Of each version."""
    return " OR ".join(f"j.kind = '{kind}' OR j.kind GLOB '{kind}/*'" for kind in kinds)


def _not_booked(db: Connection, store: str, after: int) -> Iterator[str]:
    """Events whose rows are missing or say otherwise."""
    recovered = {seq for (seq,) in db.execute("SELECT seq FROM recovered_event")}
    rows = db.execute(
        "SELECT seq, kind, body, till, cashier, occurred_at FROM journal WHERE seq > ? "
        "ORDER BY seq",
        (after,),
    )
    for seq, kind, body, till, cashier, at in rows:
        event = Happened(
            store=store, seq=seq, till=till, cashier=cashier, at=at, recovered=seq in recovered
        )
        try:
            decoded = decode_body(kind, body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            yield f"event {seq} can't be read: {error}"
            continue
        for found in differences_of(decoded, db, event):
            yield f"event {seq}: {found}"
