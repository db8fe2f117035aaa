"""The anchor: how far the journal had come, in a file of its own beside the database.

It follows each commit within a fraction of a second, so a database whose journal ends before it, or
holds another event in its place, has lost something or is an older copy. It also holds the time by
which something was last refused, which no restart may fall behind.

Two slots are written in turns, in place: a write that is cut leaves the other one, and none needs
room on the disk. docs/store-it/backup.md
"""

import hashlib
import os
from pathlib import Path

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.line.chain import HASH_BYTES
from agent.state_dir import ANCHOR_FILE
from agent.store.house import generation
from agent.store.line import journal
from agent.store.line.journal import Place
from agent.store.secret_file import make_secret
from agent.store.sqlite import Connection

SLOT_BYTES = 4_096
"""A disk's sector: no write of one slot touches the other."""
SLOTS = 2
_OPEN = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_SUM_CHARS = 16


class Anchor(Struct, frozen=True, kw_only=True):
    """What one slot holds."""

    store: str
    written: int
    """Counts the writes; the greater one is the newer."""
    seq: int
    """Of the newest event that was on disk."""
    hash: str
    """Of that event, hex."""
    time: Millis = Millis(0)
    """The greatest effective time by which something was refused; 0: never."""
    generation: int = 0
    """The oldest that the database file may be of (see generation.py beside this); 0: not known."""

    @property
    def place(self) -> Place:
        """The newest event that was on disk."""
        return Place(self.seq, bytes.fromhex(self.hash))


def read(state_dir: Path, store: str) -> Anchor | None:
    """Return the newest anchor of `store`; None when there is none, or it can't be read."""
    try:
        file = os.open(state_dir / ANCHOR_FILE, _OPEN)
    except OSError:
        return None
    try:
        slots = [os.pread(file, SLOT_BYTES, slot * SLOT_BYTES) for slot in range(SLOTS)]
    except OSError:
        return None
    finally:
        os.close(file)
    found = [anchor for slot in slots if (anchor := _parsed(slot)) and anchor.store == store]
    return max(found, key=lambda anchor: anchor.written, default=None)


def write(state_dir: Path, anchor: Anchor) -> None:
    """Put `anchor` on disk beside the one before it; make the file if there is none. OSError."""
    slot = _slot_of(anchor)
    try:
        file = os.open(state_dir / ANCHOR_FILE, _OPEN)
    except OSError:
        file = -1
    if file < 0 or os.fstat(file).st_size != SLOTS * SLOT_BYTES:
        if file >= 0:
            os.close(file)
        make_secret(state_dir / ANCHOR_FILE, slot * SLOTS)
        return
    try:
        os.pwrite(file, slot, anchor.written % SLOTS * SLOT_BYTES)
        os.fdatasync(file)
    finally:
        os.close(file)


def is_older(file: Path, anchor: Anchor | None) -> bool:
    """Tell whether the database `file` itself is older than one that was in this place."""
    known = anchor.generation if anchor is not None else 0
    return bool(known) and file.exists() and generation.in_file(file) < known


def what_is_missing(db: Connection, anchor: Anchor | None) -> str:
    """Say what the journal in `db` lacks of what was recorded; empty when it lacks nothing."""
    if anchor is None:
        return ""
    tip = journal.tip(db)
    if tip.seq < anchor.seq:
        gone = f"{tip.seq + 1}" if anchor.seq == tip.seq + 1 else f"{tip.seq + 1} to {anchor.seq}"
        return f"the journal ends at event {tip.seq}, but at least {gone} had been recorded here"
    found = journal.hash_at(db, anchor.seq)
    if found not in (None, anchor.place.hash):
        return f"event {anchor.seq} of the journal is another one than was recorded here"
    return ""


def _slot_of(anchor: Anchor) -> bytes:
    content = msgspec.json.encode(anchor)
    return (_sum(content) + b" " + content + b"\n").ljust(SLOT_BYTES, b" ")


def _parsed(slot: bytes) -> Anchor | None:
    check, _, content = slot.partition(b"\n")[0].partition(b" ")
    if check != _sum(content):
        return None
    try:
        anchor = msgspec.json.decode(content, type=Anchor)
        return anchor if len(anchor.place.hash) == HASH_BYTES else None
    except (msgspec.MsgspecError, ValueError):
        return None


def _sum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest()[:_SUM_CHARS].encode()
