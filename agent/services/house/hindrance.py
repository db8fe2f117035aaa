"""What can stand in the way of recording a sale, with what the cashier and store IT are told."""

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from agent.domain.outcome import Sentence
from agent.store.blocked import is_read_only
from agent.store.errors import StorageDamagedError, StorageFullError, StoreError


class Hindrance(StrEnum):
    """Why no sale can be recorded; stable for monitoring."""

    STORAGE_FULL = "storage_full"
    """There is no room on the disk."""
    STORAGE_READ_ONLY = "storage_read_only"
    """The system lets nobody write to the disk (any more)."""
    STORAGE_DAMAGED = "storage_damaged"
    """SQLite found the database damaged."""
    STORAGE_MOVED = "storage_moved"
    """The database was deleted or replaced under the running agent: what is written is lost."""
    STORAGE_FAILED = "storage_failed"
    """The disk failed a write."""
    WRITER_STUCK = "writer_stuck"
    """A write does not come back: the disk hangs, most likely."""


class Told(NamedTuple):
    """What is said of a hindrance."""

    sentence: Sentence
    """To the cashier: what is so, and what to do."""
    detail: str
    """To store IT, with the commands; {dir} is the state directory."""


_CALL = "请勿继续收款，并立即联系门店技术支持。"
_CALL_EN = "Take no money now and call store IT."

TOLD: dict[Hindrance, Told] = {
    Hindrance.STORAGE_FULL: Told(
        Sentence(
            f"无法记录销售：本机磁盘已满。{_CALL}",
            f"No sale can be recorded: this PC's disk is full. {_CALL_EN}",
        ),
        "the disk of {dir} is full: make room there, and it goes on by itself.  df -h {dir}",
    ),
    Hindrance.STORAGE_READ_ONLY: Told(
        Sentence(
            f"无法记录销售：本机磁盘变为只读。{_CALL}",
            f"No sale can be recorded: this PC's disk has become read-only. {_CALL_EN}",
        ),
        "the disk of {dir} is read-only, as Linux makes one that it finds damaged: look at "
        "`journalctl -k`, check the file system (a restart does it at boot), think of a new disk",
    ),
    Hindrance.STORAGE_DAMAGED: Told(
        Sentence(
            f"无法记录销售：本机数据文件损坏。{_CALL}",
            f"No sale can be recorded: this PC's data is damaged. {_CALL_EN}",
        ),
        "the database in {dir} is damaged: keep it, stop the agent and run "
        "`store-agent outbox verify`; what HQ has acknowledged is safe there",
    ),
    Hindrance.STORAGE_MOVED: Told(
        Sentence(
            f"无法安全记录销售：本机数据文件被移动或删除。{_CALL}",
            f"Sales would be lost: this PC's data file was moved or deleted. {_CALL_EN}",
        ),
        "the database in {dir} was deleted or replaced while the agent runs: put the file back "
        "where it was if it was moved, or restart the agent if the one there is meant",
    ),
    Hindrance.STORAGE_FAILED: Told(
        Sentence(
            f"无法记录销售：本机磁盘写入失败。{_CALL}",
            f"No sale can be recorded: this PC's disk fails to write. {_CALL_EN}",
        ),
        "a write in {dir} failed: look at `journalctl -k` and at the disk's health "
        "(smartctl -H); a quota may be used up, too",
    ),
    Hindrance.WRITER_STUCK: Told(
        Sentence(
            f"暂时无法记录销售：本机磁盘没有响应。{_CALL}",
            f"No sale can be recorded for now: this PC's disk does not answer. {_CALL_EN}",
        ),
        "a write in {dir} has not come back: the disk hangs or is far too slow.  "
        "journalctl -k; cat /proc/pressure/io",
    ),
}


def hindrance_of(error: StoreError, directory: Path) -> Hindrance:
    """Return what `error` of a write tells; the file system is asked where SQLite is not clear."""
    if isinstance(error, StorageFullError):
        return Hindrance.STORAGE_FULL
    if isinstance(error, StorageDamagedError):
        return Hindrance.STORAGE_DAMAGED
    if is_read_only(directory):
        return Hindrance.STORAGE_READ_ONLY
    return Hindrance.STORAGE_FAILED
