"""The outbox as store IT sees it."""

import sys
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from agent.domain.line.chain import ChainBrokenError
from agent.ops.store_file import database_file, look_into
from agent.settings import Settings
from agent.store import digests
from agent.store.house import anchor, books
from agent.store.house.wal import look_at, wal_of
from agent.store.line import journal
from agent.store.line.sync_state import SyncState
from agent.store.sqlite import Connection


def list_outbox(settings: Settings, *, limit: int, as_json: bool) -> int:
    """Print the oldest events that HQ has not acknowledged; return the exit code."""

    def look(db: Connection, state: SyncState) -> int:
        lines = journal.lines(db, state.store, after_seq=state.acked.seq, max_events=limit)
        events = [msgspec.json.decode(line) for line in lines]
        pending = journal.tip(db).seq - state.acked.seq
        if as_json:
            told = {"pending": pending, "acked_seq": state.acked.seq, "events": events}
            print(msgspec.json.encode(told).decode())
        else:
            _print(events, pending, ZoneInfo(settings.store.timezone))
        return 0

    return look_into(settings, look)


class OnPaper(NamedTuple):
    """A place of the journal as a Z report shows it."""

    seq: int
    digits: str
    """The first hex digits of the event's hash."""


def verify_journal(settings: Settings, *, as_json: bool, paper: OnPaper | None = None) -> int:
    """Check the whole chain, and the tables, the anchor and a `paper` by it; print what was found;
    return the exit code."""

    def look(db: Connection, state: SyncState) -> int:
        kept = anchor.read(database_file(settings).parent, state.store)  # before what follows it
        tip = journal.tip(db)
        broken: str | None = None
        checked = 0
        try:
            checked = journal.verify(db, state.store)
            books.compare(db, state.store)
            missing = anchor.what_is_missing(db, kept) or _against_paper(db, paper)
            broken = missing or _lost_in_wal(database_file(settings)) or None
        except (ChainBrokenError, books.BooksDifferError) as error:
            broken = str(error)
        db.execute("BEGIN")
        differing = [found.table for found in digests.differences(db)]
        db.execute("ROLLBACK")
        if as_json:
            told = {
                "whole": broken is None,
                "checked": checked,
                "last_seq": tip.seq,
                "last_hash": tip.hash.hex(),
                "broken": broken,
                "differing": differing,
            }
            print(msgspec.json.encode(told).decode())
        elif broken is None:
            print(
                f"The journal is whole: {checked} events checked, the last is {tip.seq} "
                f"with hash {tip.hash.hex()}."
            )
        else:
            print(
                f"{broken}.\nKeep the file {database_file(settings)} as it is, copy it aside and "
                f"call head office: what HQ acknowledged (up to {state.acked.seq}) is safe there.",
                file=sys.stderr,
            )
        if differing and not as_json:
            print(
                f"The disk changed something in: {', '.join(differing)}. The night's check lets "
                "head office tell it again; look at the disk (smartctl -a).",
                file=sys.stderr,
            )
        return 0 if broken is None and not differing else 1

    return look_into(settings, look)


def _lost_in_wal(file: Path) -> str:
    """Say what the WAL holds that SQLite passes over; what is only being written is not there at
    the second look."""
    wal = wal_of(file)
    why = look_at(wal).why and look_at(wal).why
    return f"{wal.name}: {why}" if why else ""


def _against_paper(db: Connection, paper: OnPaper | None) -> str:
    """Say what the journal lacks of what the paper shows; empty when it lacks nothing, or that
    event is no longer kept."""
    if paper is None:
        return ""
    tip, found = journal.tip(db), journal.hash_at(db, paper.seq)
    if paper.seq > tip.seq:
        return f"the journal ends at event {tip.seq}, but the paper is of event {paper.seq}"
    if found is not None and not found.hex().startswith(paper.digits):
        return f"event {paper.seq} of the journal is another one than on the paper"
    return ""


def _print(events: list[dict[str, Any]], pending: int, zone: ZoneInfo) -> None:
    from rich.console import Console
    from rich.table import Table

    from agent.ops.tables import local_time

    table = Table(title=f"{pending} events to be synced 待同步")
    for heading in ("seq", "time", "kind", "till", "cashier", "event id"):
        table.add_column(heading)
    for event in events:
        table.add_row(
            str(event["seq"]),
            local_time(event["occurred_at"], zone),
            event["kind"],
            event["till"],
            event["cashier"],
            event["event_id"],
        )
    Console().print(table)
