"""The shelf: a directory that keeps the newest backups of each store. Nobody here can open them.

    STORE/00000012-MB001-20261130T031004Z.tar.gz.age        a backup, the twelfth that came
    STORE/00000012-MB001-20261130T031004Z.tar.gz.age.json   what the store said of it
    STORE/SHA256.partial                                    what has come of one; at most one

Which is older is told by the number, never by a clock. Several processes may share the directory.
"""

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.base.problem import ProblemError
from sync.protocol.backups import BackupOffer, BackupStanding

SPARE_BYTES = 256 << 20
"""Left free on the disk, which may be PostgreSQL's, too."""
_NOTE, _PARTIAL, _OFFER = ".json", ".partial", ".offer"
_DIGITS = 8
_CHUNK_BYTES = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)


class KeptBackup(Struct, frozen=True, kw_only=True):
    """A backup on the shelf."""

    store: str
    number: int
    """The greatest is the newest."""
    name: str
    size_bytes: int
    sha256: str
    seq: int
    """The newest event in it."""
    taken_at: Millis
    """By the store's clock."""
    received_at: Millis


class Shelf:
    """Keeps at most `keep` backups of a store, and at most `quota_bytes` of them."""

    def __init__(self, directory: Path, *, keep: int, quota_bytes: int) -> None:
        self._directory = directory
        self._keep = keep
        self._quota_bytes = quota_bytes

    def offer(self, offer: BackupOffer) -> BackupStanding:
        """Make ready for a backup, or go on with it; ProblemError 413, 503, 507."""
        if offer.size_bytes > self._quota_bytes:
            detail = f"{offer.size_bytes} bytes, at most {self._quota_bytes} are kept of a store"
            raise ProblemError(413, "backup_too_large", detail)
        if any(one.sha256 == offer.sha256 for one in self.kept(offer.store)):
            return BackupStanding(received=offer.size_bytes, stored=True)
        place = self._directory / offer.store
        with _told_when_full():
            place.mkdir(mode=0o700, exist_ok=True)
            _forget_others(place, offer.sha256)
            with _held(place / f"{offer.sha256}{_PARTIAL}") as file:
                received = os.fstat(file).st_size
                if received > offer.size_bytes:
                    os.ftruncate(file, received := 0)
                self._check_room(offer.size_bytes - received)
                _put(place / f"{offer.sha256}{_OFFER}", msgspec.json.encode(offer))
        return BackupStanding(received=received, stored=False)

    def take(
        self, store: str, sha256: str, offset: int, data: bytes, *, now: Millis
    ) -> BackupStanding:
        """Put the part at `offset` on disk; keep the backup when it is whole.

        A part that is not the next one changes nothing. Raises ProblemError 409, 413, 503, 507.
        """
        place = self._directory / store
        partial = place / f"{sha256}{_PARTIAL}"
        offer = self._offered(place, sha256)
        with _told_when_full(), _held(partial) as file:
            received = os.fstat(file).st_size
            if offset != received:
                return BackupStanding(received=received, stored=False)
            if received + len(data) > offer.size_bytes:
                raise ProblemError(413, "backup_too_large", "more than was offered")
            _append(file, data)
            received += len(data)
            if received < offer.size_bytes:
                return BackupStanding(received=received, stored=False)
            if _digest(partial) != sha256:
                os.ftruncate(file, 0)
                raise ProblemError(409, "backup_differs", "it is not what was offered: send anew")
            self._put_up(place, offer, now=now)
        self._rotate(store)
        return BackupStanding(received=received, stored=True)

    def kept(self, store: str) -> list[KeptBackup]:
        """Return the backups of a store, the oldest first."""
        found = (_read_note(note) for note in (self._directory / store).glob(f"*.age{_NOTE}"))
        there = (one for one in found if one is not None and self.file_of(one).is_file())
        return sorted(there, key=lambda one: one.number)

    def stores(self) -> list[str]:
        """Return the stores that have a place here."""
        return sorted(place.name for place in self._directory.iterdir() if place.is_dir())

    def file_of(self, kept: KeptBackup) -> Path:
        """Return where a backup lies."""
        return self._directory / kept.store / f"{kept.number:0{_DIGITS}d}-{kept.name}"

    def _check_room(self, needed: int) -> None:
        stat = os.statvfs(self._directory)
        free = stat.f_bavail * stat.f_frsize
        if free < needed + SPARE_BYTES:
            raise _no_room(f"{free} bytes are free, {needed} are to come")

    def _offered(self, place: Path, sha256: str) -> BackupOffer:
        try:
            data = (place / f"{sha256}{_OFFER}").read_bytes()
            return msgspec.json.decode(data, type=BackupOffer)
        except (OSError, msgspec.MsgspecError):
            raise ProblemError(409, "backup_not_offered", "offer it first") from None

    def _put_up(self, place: Path, offer: BackupOffer, *, now: Millis) -> None:
        """Let the whole backup count: its note comes first, so that none is without."""
        newest = max((one.number for one in self.kept(offer.store)), default=0)
        kept = KeptBackup(
            store=offer.store,
            number=newest + 1,
            name=offer.name,
            size_bytes=offer.size_bytes,
            sha256=offer.sha256,
            seq=offer.seq,
            taken_at=Millis(offer.taken_at),
            received_at=now,
        )
        file = self.file_of(kept)
        _put(file.with_name(file.name + _NOTE), msgspec.json.encode(kept))
        (place / f"{offer.sha256}{_PARTIAL}").rename(file)
        (place / f"{offer.sha256}{_OFFER}").unlink(missing_ok=True)
        _sync_directory(place)

    def _rotate(self, store: str) -> None:
        """Take down the oldest above what is kept; never the newest."""
        room = self._quota_bytes
        for place, one in enumerate(reversed(self.kept(store))):
            room -= one.size_bytes
            if place and (place >= self._keep or room < 0):
                file = self.file_of(one)
                file.unlink(missing_ok=True)
                file.with_name(file.name + _NOTE).unlink(missing_ok=True)


@contextmanager
def _held(partial: Path) -> Iterator[int]:
    """Open a partial backup for this process alone; ProblemError 503 while another has it."""
    file = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield file
    except BlockingIOError:
        detail = "another request brings the same backup"
        raise ProblemError(503, "backup_busy", detail, headers={"Retry-After": "5"}) from None
    finally:
        os.close(file)


@contextmanager
def _told_when_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise _no_room(str(error.strerror)) from error
        detail = f"head office's disk: {error.strerror}"
        raise ProblemError(507, "backup_not_writable", detail) from error


def _no_room(detail: str) -> ProblemError:
    return ProblemError(507, "backup_no_room", f"head office's disk: {detail}")


def _append(file: int, data: bytes) -> None:
    """Put `data` on disk at the end of `file`, or nothing of it. OSError."""
    size = os.fstat(file).st_size
    try:
        os.lseek(file, 0, os.SEEK_END)
        left = memoryview(data)
        while left:
            left = left[os.write(file, left) :]
        os.fdatasync(file)
    except OSError:
        with suppress(OSError):
            os.ftruncate(file, size)
        raise


def _forget_others(place: Path, sha256: str) -> None:
    """A backup that was given up for a newer one is not gone on with."""
    for suffix in (_PARTIAL, _OFFER):
        for file in place.glob(f"*{suffix}"):
            if file.name != f"{sha256}{suffix}":
                file.unlink(missing_ok=True)


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _read_note(note: Path) -> KeptBackup | None:
    try:
        return msgspec.json.decode(note.read_bytes(), type=KeptBackup)
    except (OSError, msgspec.MsgspecError):
        return None


def _put(file: Path, data: bytes) -> None:
    """Replace `file`, on disk when this returns. OSError."""
    draft = file.with_name(f".{file.name}")
    with draft.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    draft.rename(file)
    _sync_directory(file.parent)


def _sync_directory(directory: Path) -> None:
    place = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
