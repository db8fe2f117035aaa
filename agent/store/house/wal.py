"""The write-ahead log as SQLite reads it (sqlite.org/fileformat2.html#walformat), before it does.

SQLite takes the WAL up to the first frame whose checksum fails and drops the rest without a word.
Of a power cut that is right: what follows was never promised. A frame that ends a commit, of the
same WAL, behind a frame that fails is another thing: there was more, and it is gone.
"""

import struct
from pathlib import Path
from typing import NamedTuple

MAGIC = (0x377F0682, 0x377F0683)
"""The last bit says in which order of bytes the checksums are computed."""
HEADER_BYTES = 32
FRAME_HEADER_BYTES = 24
MAX_SCAN_BYTES = 16 << 20
"""Longer ones are not looked through: the start must not wait for it."""


class WalSeen(NamedTuple):
    """What stands in a WAL."""

    commits: int
    """That SQLite will read."""
    lost_commits: int
    """Behind a frame that fails, of the same WAL."""
    why: str
    """What is wrong with it; empty when nothing is."""


def wal_of(database: Path) -> Path:
    """Return where the WAL of `database` is."""
    return database.with_name(f"{database.name}-wal")


def look_at(wal: Path) -> WalSeen:
    """Return what stands in the file `wal`; one that is not there, or empty, holds nothing."""
    try:
        if not 0 < wal.stat().st_size <= MAX_SCAN_BYTES:
            return WalSeen(0, 0, "")
        data = wal.read_bytes()
    except FileNotFoundError:
        return WalSeen(0, 0, "")
    return _look(data)


def _look(data: bytes) -> WalSeen:
    if len(data) < HEADER_BYTES:
        return WalSeen(0, 0, "")  # cut off while it was begun: nothing was in it
    magic, _version, page, _checkpoint, salt1, salt2, sum1, sum2 = struct.unpack(
        ">8I", data[:HEADER_BYTES]
    )
    order = ">" if magic & 1 else "<"
    if magic not in MAGIC or _checksum(data[:24], (0, 0), order) != (sum1, sum2):
        begun = len(data) > HEADER_BYTES
        return WalSeen(0, 0, "its header is none of SQLite's" if begun else "")
    return _frames(data, page or 65_536, struct.pack(">2I", salt1, salt2), (sum1, sum2), order)


def _frames(data: bytes, page: int, salts: bytes, sums: tuple[int, int], order: str) -> WalSeen:
    commits = lost = 0
    whole = True
    size = FRAME_HEADER_BYTES + page
    for at in range(HEADER_BYTES, len(data) - size + 1, size):
        head = data[at : at + FRAME_HEADER_BYTES]
        ends_commit = head[4:8] != bytes(4)
        if whole:
            sums = _checksum(head[:8] + data[at + FRAME_HEADER_BYTES : at + size], sums, order)
            whole = head[8:16] == salts and struct.unpack(">2I", head[16:24]) == sums
        if ends_commit and head[8:16] == salts:
            commits, lost = (commits + 1, lost) if whole else (commits, lost + 1)
    why = f"{lost} commits stand behind a frame that is damaged" if lost > 1 else ""
    return WalSeen(commits, lost, why)


def _checksum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for place in range(0, len(words), 2):
        first = (first + words[place] + second) & 0xFFFFFFFF
        second = (second + words[place + 1] + first) & 0xFFFFFFFF
    return first, second
