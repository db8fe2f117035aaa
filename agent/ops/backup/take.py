"""Making a backup: copy, check, encrypt to the target, read it back, and only then count it."""

import errno
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from pyrage import x25519

from agent.base.clock import Millis
from agent.ops.backup.archive import (
    ArchiveError,
    digest_of,
    digests_of,
    read_archive,
    write_archive,
)
from agent.ops.backup.errors import (
    BackupError,
    NoRoomToWorkError,
    NotReadBackError,
    TargetFullError,
    TargetNotWritableError,
)
from agent.ops.backup.job import Order
from agent.ops.backup.keys import recipients_of
from agent.ops.backup.snapshot import Content, check_database, copy_database
from agent.ops.backup.target import PARTIAL_SUFFIX, Note, Target, free_bytes, note_of
from agent.ops.backup.work_dir import work_dir
from agent.state_dir import (
    API_KEYS_DIR,
    CLOSING_KEY_FILE,
    DATABASE_FILE,
    LOCAL_KEY_FILE,
    PEPPER_FILE,
)
from agent.store.house import backup_record
from agent.store.house.backup_record import FailedBackup, GoodBackup, JournalCheck

SPARE_BYTES = 64 << 20
"""Left free on the journal's disk beside the copy, for what is sold meanwhile."""

Told = Callable[[str, int, int], None]
"""Called with the step, what is done of it and how much there is."""


class Taken(Struct, frozen=True, kw_only=True):
    """A backup that counts."""

    good: GoodBackup
    events: int
    deleted: tuple[str, ...]
    """Older backups that it superseded."""
    differing: dict[str, int] = {}
    """As in Content."""


def take_backup(order: Order, *, told: Told) -> Taken:
    """Make a backup and keep a record of it, or of why there is none; raise BackupError."""
    state_dir = Path(order.state_dir)
    with _recorded(state_dir):
        return _Taking(order, told).run()


def check_all(state_dir: Path, *, told: Told) -> Content:
    """Check the whole database where it lies, and keep a record of it; raise DamagedError."""
    with _recorded(state_dir):
        content = check_database(state_dir / DATABASE_FILE, progress=step_of(told, "checking"))
        record = backup_record.read(state_dir)
        checked = JournalCheck(at=_now(), events=content.events)
        backup_record.write(
            state_dir, msgspec.structs.replace(record, checked=checked, failed=None)
        )
        return content


class _Taking:
    """One backup under way."""

    def __init__(self, order: Order, told: Told) -> None:
        self._order = order
        self._told = told
        self._state_dir = Path(order.state_dir)
        self._database = self._state_dir / DATABASE_FILE
        self._target = Target(Path(order.target), store=order.store)

    def run(self) -> Taken:
        order, started = self._order, time.monotonic()
        recipients = recipients_of(order.recipients)
        size = self._database.stat().st_size
        self._target.check(
            self._state_dir, must_be_mounted=order.must_be_mounted, needed=self._expected(size)
        )
        self._check_room(size)
        with work_dir(self._state_dir) as work:
            copy = work / DATABASE_FILE
            taken = self._target.moment_for(datetime.now(UTC).replace(microsecond=0))
            copy_database(self._database, copy, progress=step_of(self._told, "copying"))
            content = check_database(copy, progress=step_of(self._told, "checking"))
            file = self._target.file_for(taken)
            digest, written = self._write(file, copy, recipients)
        self._note(file, content, digest, written, taken, size)
        good = GoodBackup(
            at=Millis(int(taken.timestamp() * 1000)),
            file=str(file),
            size_bytes=written,
            seq=content.seq,
            took_ms=int((time.monotonic() - started) * 1000),
        )
        checked = JournalCheck(at=good.at, events=content.events)
        record = backup_record.BackupRecord(
            good=good, checked=checked, sent=backup_record.read(self._state_dir).sent
        )
        backup_record.write(self._state_dir, record)
        gone = self._target.rotate(daily=order.keep_daily, weekly=order.keep_weekly)
        return Taken(
            good=good,
            events=content.events,
            deleted=tuple(file.name for file in gone),
            differing=content.differing,
        )

    def _expected(self, database_bytes: int) -> int:
        """What the archive may need: as much as the last one and a half, at most the database."""
        kept = self._target.kept() if self._target.directory.is_dir() else []
        if not kept:
            return database_bytes
        return min(database_bytes, kept[-1].file.stat().st_size * 3 // 2)

    def _check_room(self, database_bytes: int) -> None:
        needed = database_bytes + SPARE_BYTES
        free = free_bytes(self._state_dir)
        if free < needed:
            raise NoRoomToWorkError(self._state_dir, needed, free)

    def _write(self, file: Path, copy: Path, recipients: Sequence[Any]) -> tuple[str, int]:
        """Write the archive and read it back; return its SHA-256 and bytes."""
        # A key that nobody else ever has: with it the archive can be read back now, and never
        # again.
        once = x25519.Identity.generate()
        partial = file.with_name(file.name + PARTIAL_SUFFIX)
        members = members_of(self._state_dir, copy)
        self._told("encrypting", 0, 1)
        try:
            with _target_faults(self._target.directory), partial.open("wb") as out:
                os.fchmod(out.fileno(), 0o600)
                digest, size = write_archive(out, members, [*recipients, once.to_public()])
                out.flush()
                os.fsync(out.fileno())
                os.posix_fadvise(out.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            self._told("reading back", 0, 1)
            self._read_back(partial, members, once)
            with _target_faults(self._target.directory):
                partial.rename(file)
                sync_directory(file.parent)
        finally:
            partial.unlink(missing_ok=True)
        self._told("reading back", 1, 1)
        return digest, size

    def _read_back(self, file: Path, members: dict[str, Path], once: x25519.Identity) -> None:
        """Open the archive as whoever restores it will; what comes out must be what went in."""
        try:
            found = digests_of(read_archive(file, [once]))
        except (ArchiveError, OSError) as error:
            raise NotReadBackError(file, str(error)) from error
        for name, source in members.items():
            with source.open("rb") as content:
                if found.get(name) != digest_of(content):
                    raise NotReadBackError(file, f"{name} differs")

    def _note(
        self, file: Path, content: Content, digest: str, size: int, taken: datetime, database: int
    ) -> None:
        turn = self._target.turn_for(taken)
        note = Note(
            store=content.store,
            number=turn.number,
            day=turn.day,
            version=version("store-agent"),
            taken_at=Millis(int(taken.timestamp() * 1000)),
            size_bytes=size,
            sha256=digest,
            database_bytes=database,
            seq=content.seq,
            hash=content.hash,
            epoch=content.epoch,
            acked_seq=content.acked_seq,
            recipients=self._order.recipients,
        )
        with _target_faults(file.parent):
            draft = note_of(file).with_name(note_of(file).name + PARTIAL_SUFFIX)
            with draft.open("wb") as out:
                out.write(msgspec.json.encode(note))
                out.flush()
                os.fsync(out.fileno())
            draft.rename(note_of(file))
            sync_directory(file.parent)


def members_of(state_dir: Path, database: Path) -> dict[str, Path]:
    """Return what goes into a backup, by its name there: the database, and the secrets without
    which PINs, Z reports and the clients' keys would have to be made anew."""
    secrets = [state_dir / name for name in (PEPPER_FILE, CLOSING_KEY_FILE, LOCAL_KEY_FILE)]
    clients = sorted((state_dir / API_KEYS_DIR).glob("*"))
    files = [file for file in (*secrets, *clients) if file.is_file()]
    return {DATABASE_FILE: database} | {str(file.relative_to(state_dir)): file for file in files}


def sync_directory(directory: Path) -> None:
    """Let what was renamed in `directory` outlast a power cut."""
    place = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


@contextmanager
def _target_faults(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TargetFullError(directory, 1, free_bytes(directory)) from error
        raise TargetNotWritableError(directory, error) from error


@contextmanager
def _recorded(state_dir: Path) -> Iterator[None]:
    """Keep a record of what fails; what is good was recorded by then."""
    try:
        yield
    except BackupError as error:
        record = backup_record.read(state_dir)
        failed = FailedBackup(at=_now(), code=error.code, detail=str(error))
        backup_record.write(state_dir, msgspec.structs.replace(record, failed=failed))
        raise


def step_of(told: Told, name: str) -> Callable[[int, int], None]:
    """Return what is called with the progress of the step `name`."""
    return lambda done, of: told(name, done, of)


def _now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)
