"""Healing: a start on a damaged database sets it aside and sells on from a fresh one.

The installation stays the same, and introduces itself anew to head office
(docs/store-it/backup.md).
"""

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import msgspec

from agent.base.logging import get_logger
from agent.state_dir import ANCHOR_FILE, DAMAGED_FILE, DATABASE_FILE
from agent.store.errors import JournalBrokenError
from agent.store.house import anchor as anchors
from agent.store.house import installation, quarantine
from agent.store.house.anchor import Anchor
from agent.store.house.examination import check_has_database, examine
from agent.store.house.installation import Installation
from agent.store.house.salvage import OF_THE_TILL, TOLD_BY_HQ, install_id_in, salvage
from agent.store.house.wal import look_at, wal_of
from agent.store.line import sync_state
from agent.store.secret_file import make_secret
from agent.store.sqlite import Connection

log = get_logger(__name__)


class Healing(NamedTuple):
    """What has to be done once the database is open."""

    why: str
    aside: Path | None
    """Where the damaged one is; None: the one that is there goes on, and may lack its end."""
    install_id: str
    """Of this installation; empty: not known, head office has to let it in again."""


def look_before_opening(state_dir: Path, store: str) -> Healing | None:
    """Set a damaged database aside; return what has to be done then, None when all is well.

    Raises OSError when it can't be moved, StoreError for files that can't be looked at.
    """
    kept = installation.load(state_dir)
    known = kept is not None and kept.store == store
    install_id = kept.install_id if kept is not None and known else ""
    file = state_dir / DATABASE_FILE
    anchor = anchors.read(state_dir, store)
    try:
        check_has_database(file)  # first: SQLite deletes the WAL of an empty file
        _check_of_one_time(file, anchor)
        why = _lost_end(file, kept if known else None)  # then: it makes one where there is none
        _ask_the_night(state_dir)
        why = examine(file, known=known or anchor is not None, anchor=anchor) or why
    except JournalBrokenError as error:
        return _set_aside(state_dir, str(error), install_id)
    if why:
        copy = quarantine.keep_copies(state_dir, why=why)
        log.critical(
            "database_lost_its_end",
            why=why,
            kept_in=str(copy),
            next=f"store-agent recover {copy}/{DATABASE_FILE}",
        )
        return Healing(why, None, install_id)
    return None


def heal(db: Connection, healing: Healing, *, store: str, ungreeted_after: int) -> None:
    """Let the open database go on as this installation, anew; take over what can be read."""
    install_id = healing.install_id or uuid4().hex
    sync_state.found(db, store=store, install_id=install_id, ungreeted_after=ungreeted_after)
    sync_state.begin_anew(db, ungreeted_after=ungreeted_after)
    if healing.aside is not None:
        old = healing.aside / DATABASE_FILE
        taken = salvage(db, old, tables=(*TOLD_BY_HQ, *OF_THE_TILL))
        log.warning("salvaged", **taken)


def tell_the_start(state_dir: Path, why: str) -> None:
    """Let the next start set the database aside: its check found it damaged. OSError."""
    make_secret(state_dir / DAMAGED_FILE, msgspec.json.encode(why))


class InUse:
    """Keeps beside the database who this installation is, and whether the database is in use."""

    def __init__(self, state_dir: Path, store: str) -> None:
        self._state_dir = state_dir
        self._store = store
        self._install_id = ""

    def began(self, install_id: str) -> None:
        """The database is open. OSError."""
        self._install_id = install_id
        self._keep(is_open=True)

    def ended(self) -> None:
        """The database was closed, all of it in one file."""
        if self._install_id:
            with suppress(OSError):  # then the next start looks closer than it need
                self._keep(is_open=False)

    def _keep(self, *, is_open: bool) -> None:
        kept = Installation(store=self._store, install_id=self._install_id, is_open=is_open)
        installation.keep(self._state_dir, kept)


def _ask_the_night(state_dir: Path) -> None:
    marker = state_dir / DAMAGED_FILE
    if marker.exists():
        try:
            why = msgspec.json.decode(marker.read_bytes(), type=str)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            why = "the check at night found it damaged"
        raise JournalBrokenError(why)


def _set_aside(state_dir: Path, why: str, install_id: str) -> Healing:
    aside = quarantine.set_aside(state_dir, why=why, also=(DAMAGED_FILE, ANCHOR_FILE))
    log.critical(
        "database_set_aside",
        why=why,
        kept_in=str(aside),
        next=f"store-agent recover {aside}/{DATABASE_FILE}" if aside else "",
    )
    if not install_id and aside is not None:
        install_id = install_id_in(aside / DATABASE_FILE)
    return Healing(why, aside, install_id)


def _check_of_one_time(file: Path, anchor: Anchor | None) -> None:
    """Raise JournalBrokenError for an older database beside a newer WAL: a mixture of two times."""
    if anchors.is_older(file, anchor) and look_at(wal_of(file)).commits:
        raise JournalBrokenError(f"{file} is older than {wal_of(file).name} beside it")


def _lost_end(file: Path, kept: Installation | None) -> str:
    """Say why the newest sales may be missing from a database that was not closed."""
    if kept is None or not kept.is_open or not file.exists():
        return ""
    wal = wal_of(file)
    if not wal.exists():
        return f"{wal.name} is gone, and with it what was sold since the last checkpoint"
    seen = look_at(wal)
    return f"{wal.name}: {seen.why}" if seen.why else ""
