"""The archive: a tar of the database and the secrets beside it, gzipped, encrypted by age.

Nothing of ours is needed to open one: `age -d -i KEY FILE | tar xz`.
"""

import gzip
import hashlib
import os
import tarfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pyrage import DecryptError, decrypt_io, encrypt_io

from agent.ops.backup.pace import Pace

CHUNK_BYTES = 1 << 20
GZIP_LEVEL = 1
"""A third of the bytes for a sixth of the time of level 6."""
MAX_MEMBERS = 1_000


class ArchiveError(Exception):
    """The archive can't be opened: cut off, changed, another key, or no archive."""


class _Digesting:
    """Writes on at the pace that tills can bear, and digests what passes."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._pace = Pace(out.fileno())
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        written = self._out.write(data)
        self._out.flush()
        self._pace.wrote(written)
        return written

    def flush(self) -> None:
        self._out.flush()


def write_archive(
    out: IO[bytes], members: Mapping[str, Path], recipients: Sequence[Any]
) -> tuple[str, int]:
    """Write `members`, by their name inside, to `out`; return SHA-256 (hex) and bytes of what was
    written. OSError, also when the disk is full."""
    digesting = _Digesting(out)
    with _piped(lambda pipe: _pack(pipe, members)) as packed:
        encrypt_io(packed, digesting, list(recipients))
    digesting.flush()
    return digesting.digest.hexdigest(), digesting.size


def read_archive(file: Path, identities: Sequence[Any]) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield name and content of each member of the archive `file`, to be read in turn.

    Raises ArchiveError, or OSError when the file can't be read.
    """
    with file.open("rb") as source, _piped(_decrypting(source, identities)) as plain:
        try:
            with tarfile.open(fileobj=plain, mode="r|gz") as tar:
                for count, member in enumerate(tar):
                    content = tar.extractfile(member) if member.isfile() else None
                    if content is None or count >= MAX_MEMBERS or not _is_plain(member.name):
                        raise ArchiveError(f"it holds {member.name!r}, which no backup does")
                    yield member.name, content
            while plain.read(CHUNK_BYTES):  # what pads the tar: to its end, so that a cut is found
                pass
        except (tarfile.TarError, EOFError, OSError) as error:
            raise ArchiveError(str(error)) from error


def digests_of(contents: Iterable[tuple[str, IO[bytes]]]) -> dict[str, str]:
    """Return the SHA-256 (hex) of each content, by name."""
    return {name: digest_of(content) for name, content in contents}


def digest_of(content: IO[bytes]) -> str:
    """Return the SHA-256 (hex) of `content`, read to its end."""
    digest = hashlib.sha256()
    while chunk := content.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _is_plain(name: str) -> bool:
    """Whether `name` stays inside the directory that it is unpacked into."""
    parts = Path(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts


def _pack(pipe: IO[bytes], members: Mapping[str, Path]) -> None:
    with (
        gzip.GzipFile(fileobj=pipe, mode="wb", compresslevel=GZIP_LEVEL, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        for name, file in members.items():
            tar.add(file, arcname=name, recursive=False)


def _decrypting(source: IO[bytes], identities: Sequence[Any]) -> Any:
    def work(pipe: IO[bytes]) -> None:
        try:
            decrypt_io(source, pipe, list(identities))
        except BrokenPipeError:
            raise
        except (DecryptError, OSError) as error:  # OSError: a chunk that was changed or cut off
            raise ArchiveError(str(error)) from error

    return work


@contextmanager
def _piped(work: Any) -> Iterator[IO[bytes]]:
    """Yield the reading end of a pipe that `work` writes to in a thread; raise what it raised."""
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with os.fdopen(writing, "wb") as pipe:
                work(pipe)
        except BrokenPipeError:
            pass  # the reader has its own reason to end
        except BaseException as error:  # noqa: BLE001 - raised by the reader
            failed.append(error)

    thread = threading.Thread(target=run, name="backup-pipe")
    thread.start()
    try:
        with os.fdopen(reading, "rb") as pipe:
            yield pipe
    except Exception:
        thread.join()
        if failed:
            raise failed[0] from None
        raise
    thread.join()
    if failed:
        raise failed[0]
