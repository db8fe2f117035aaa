"""Bringing a backup back: opened, checked, marked as a copy, and only then put in place."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from agent.base.clock import Millis
from agent.ops.backup.archive import CHUNK_BYTES, ArchiveError, read_archive
from agent.ops.backup.errors import (
    NoRoomToWorkError,
    OtherStoreError,
    RunningError,
    UnreadableBackupError,
)
from agent.ops.backup.snapshot import Content, check_database
from agent.ops.backup.take import SPARE_BYTES, Told, step_of, sync_directory
from agent.ops.backup.target import free_bytes, read_note
from agent.ops.backup.work_dir import work_dir
from agent.state_dir import ANCHOR_FILE, DATABASE_FILE
from agent.store.house import anchor as anchors
from agent.store.house import quarantine
from agent.store.house.anchor import Anchor
from agent.store.house.salvage import ANSWERS, salvage
from agent.store.line import sync_state
from agent.store.lock import LOCK_FILE, InUseError, StoreLock
from agent.store.migrations import migrate
from agent.store.sqlite import connect

REPLACED = "replaced by a backup"


class Restored(Struct, frozen=True, kw_only=True):
    """What came back, and where what was there is now."""

    content: Content
    aside: str
    """Directory of the database that was there; empty: there was none."""


def open_backup(file: Path, identities: Sequence[Any], work: Path, *, told: Told) -> Content:
    """Unpack the backup `file` into `work` and check all of its database; raise BackupError."""
    unpack(file, identities, work, told=told)
    return check_database(work / DATABASE_FILE, progress=step_of(told, "checking"))


def unpack(file: Path, identities: Sequence[Any], work: Path, *, told: Told) -> None:
    """Unpack the backup `file` into `work`; raise BackupError."""
    told("decrypting", 0, 1)
    try:
        for name, content in read_archive(file, identities):
            place = work / name
            place.parent.mkdir(mode=0o700, exist_ok=True)
            with place.open("xb") as out:
                os.fchmod(out.fileno(), 0o600)
                shutil.copyfileobj(content, out, CHUNK_BYTES)
                os.fsync(out.fileno())
    except ArchiveError as error:
        raise UnreadableBackupError(
            f"{file} can't be opened: {error}. Is the key the one for this backup? If it is, the "
            "file is cut off or was changed: take another one (store-agent backup list)"
        ) from error
    except FileNotFoundError as error:
        raise UnreadableBackupError(f"{file} is not there") from error
    told("decrypting", 1, 1)
    if not (work / DATABASE_FILE).is_file():
        raise UnreadableBackupError(f"{file} holds no {DATABASE_FILE}")


def restore_backup(
    file: Path,
    identities: Sequence[Any],
    state_dir: Path,
    *,
    store: str,
    ungreeted_after: int,
    told: Told,
) -> Restored:
    """Put the backup `file` in the place of the database, which is set aside; raise BackupError.

    The copy is marked, so that the agent introduces itself anew to head office.
    """
    with agent_away(state_dir), work_dir(state_dir) as work:
        _check_room(state_dir, file)
        content = open_backup(file, identities, work, told=told)
        if content.store != store:
            raise OtherStoreError(
                f"{file} is of store {content.store}, this PC's settings say {store}: take a "
                "backup of this store, or correct store.code"
            )
        _mark(work / DATABASE_FILE, ungreeted_after)
        told("putting in place", 0, 1)
        _take_answers(work / DATABASE_FILE, state_dir / DATABASE_FILE)
        names = [str(found.relative_to(work)) for found in _files(work)]
        before = anchors.read(state_dir, store)
        aside = quarantine.set_aside(state_dir, why=REPLACED, also=[*names, ANCHOR_FILE])
        for name in names:
            (state_dir / name).parent.mkdir(mode=0o700, exist_ok=True)
            (work / name).rename(state_dir / name)
            sync_directory((state_dir / name).parent)
        _anchor(state_dir, content, before)
        told("putting in place", 1, 1)
        return Restored(content=content, aside=str(aside) if aside else "")


def _anchor(state_dir: Path, content: Content, before: Anchor | None) -> None:
    """Let the anchor hold where the backup ends: it was set back on purpose. Time was not."""
    anchors.write(
        state_dir,
        Anchor(
            store=content.store,
            written=before.written + 1 if before else 1,
            seq=content.seq,
            hash=content.hash,
            time=before.time if before else Millis(0),
        ),
    )


def _mark(file: Path, ungreeted_after: int) -> None:
    with closing(connect(str(file))) as db:
        migrate(db)
        db.execute("BEGIN IMMEDIATE")
        sync_state.begin_anew(db, ungreeted_after=ungreeted_after)
        db.execute("COMMIT")


def _take_answers(restored: Path, replaced: Path) -> None:
    """Let what a POS asks again be answered as it was, where the replaced database can tell."""
    if replaced.is_file():
        with closing(connect(str(restored))) as db:
            db.execute("BEGIN IMMEDIATE")
            salvage(db, replaced, tables=ANSWERS)
            db.execute("COMMIT")


def _files(work: Path) -> Iterator[Path]:
    """What was unpacked, the database last: with it in place, the agent may start."""
    found = [path for path in work.rglob("*") if path.is_file() and path.name != LOCK_FILE]
    return iter(sorted(found, key=lambda path: path == work / DATABASE_FILE))


def _check_room(state_dir: Path, file: Path) -> None:
    note = read_note(file)
    needed = (note.database_bytes if note else file.stat().st_size * 4) + SPARE_BYTES
    free = free_bytes(state_dir)
    if free < needed:
        raise NoRoomToWorkError(state_dir, needed, free)


@contextmanager
def agent_away(state_dir: Path) -> Iterator[None]:
    """Hold the agent's place, so that none can start; RunningError when one runs."""
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = StoreLock(state_dir)
    try:
        lock.acquire()
    except InUseError as error:
        raise RunningError(
            "the agent runs; stop it first, the tills wait meanwhile: systemctl stop store-agent"
        ) from error
    try:
        yield
    finally:
        lock.release()
