"""Outbox and change sink in memory: the ports, implemented as simply as they allow."""

import asyncio
from collections.abc import Sequence

from msgspec import Raw

from agent.base.clock import Millis
from agent.domain.line.chain import Envelope, line_hash, line_of
from sync.errors import StoreUnavailableError
from sync.feed import FeedPosition, Seeding
from sync.outbox import OutboxPosition
from sync.protocol.messages import (
    Change,
    ChangesPage,
    HelloAnswer,
    ParkedChange,
    Point,
    RowResult,
)
from sync.protocol.position import ORIGIN
from sync.protocol.snapshots import Snapshot

STORE = "MB001"


class MemoryOutbox:
    """A journal with its acknowledgements."""

    def __init__(self, *, install_id: str = "install-1", marker: str = "") -> None:
        self.lines: list[bytes] = []
        self.acknowledged: list[Point] = []
        """Every acknowledgement, in order."""
        self.results: list[RowResult] = []
        self.backup_through = 0
        self.server_time = 0
        self.hq_version = ""
        self.parked: tuple[ParkedChange, ...] = ()
        self.epoch = 0
        self.cursor = ""
        self.hq_epoch = ""
        self.acked = ORIGIN
        self.pruned_seq = 0
        self.failing_writes = 0
        """So many of the next writes fail, as with a full disk."""
        self.writing = asyncio.Event()
        """Set when an acknowledgement is being written."""
        self.may_write = asyncio.Event()
        self.may_write.set()
        self._install_id = install_id
        self._marker = marker
        self._points = [ORIGIN]
        self._changed = asyncio.Condition()

    async def append(self, count: int = 1, *, size: int = 0) -> None:
        """Record `count` events, of at least `size` bytes each."""
        for _ in range(count):
            last = self._points[-1]
            line = _line(last, self._marker + "x" * size)
            self.lines.append(line)
            self._points.append(Point(last.seq + 1, line_hash(line).hex()))
        async with self._changed:
            self._changed.notify_all()

    async def until_acknowledged(self, seq: int) -> None:
        """Return when the journal is acknowledged up to `seq`."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.acked.seq >= seq)

    def cut_back(self, seq: int) -> "MemoryOutbox":
        """The same store as of the moment when it had `seq` events: a restored disk."""
        copy = MemoryOutbox(install_id=self._install_id, marker="after the restore")
        copy.lines = self.lines[:seq]
        copy._points = self._points[: seq + 1]
        copy.epoch = self.epoch
        copy.acked = min(self.acked, self._points[seq], key=lambda point: point.seq)
        return copy

    async def position(self) -> OutboxPosition:
        return OutboxPosition(
            store=STORE,
            install_id=self._install_id,
            epoch=self.epoch,
            last=self._points[-1],
            acked=self.acked,
            pruned_seq=self.pruned_seq,
            cursor=self.cursor,
            hq_epoch=self.hq_epoch,
            parked_count=len(self.parked),
            parked=self.parked,
        )

    async def read(self, after_seq: int, max_events: int, max_bytes: int) -> list[bytes]:
        lines: list[bytes] = []
        size = 0
        for line in self.lines[after_seq : after_seq + max_events]:
            size += len(line) + 1
            if lines and size > max_bytes:
                break
            lines.append(line)
        return lines

    async def wait_appended(self, after_seq: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.lines) > after_seq)

    async def hash_at(self, seq: int) -> str | None:
        if 0 < seq < self.pruned_seq or seq >= len(self._points):
            return None
        return self._points[seq].hash

    async def trail(self) -> Sequence[Point]:
        return (*self._points[:-64:-1], ORIGIN)

    async def acknowledge(
        self,
        through: Point,
        *,
        backup_through: int,
        server_time: int,
        results: Sequence[RowResult] = (),
    ) -> None:
        self.writing.set()
        await self.may_write.wait()
        self._write()
        self.acked = through
        self.acknowledged.append(through)
        self.backup_through = backup_through
        self.server_time = server_time
        self.results.extend(results)
        async with self._changed:
            self._changed.notify_all()

    async def enter_epoch(self, epoch: int, acked: Point) -> None:
        self._write()
        self.epoch = epoch
        self.acked = acked

    async def forget_cursor(self, hq_epoch: str) -> None:
        self._write()
        self.cursor = ""
        self.hq_epoch = hq_epoch

    async def heard(self, answer: HelloAnswer) -> None:
        self.server_time = answer.server_time
        self.hq_version = answer.app_version

    def _write(self) -> None:
        if self.failing_writes:
            self.failing_writes -= 1
            raise StoreUnavailableError("storage_full", "no room on the disk")


class MemoryFeed:
    """The changes applied, in order."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.complete_at: int | None = None
        self.failing_writes = 0
        self.seeded: list[int] = []
        """The pages of snapshots applied, in order."""
        self._position = FeedPosition("", "")
        self._seeding: Seeding | None = None

    @property
    def keys(self) -> list[str]:
        """The keys of what was applied."""
        return [change.key for change in self.changes]

    async def position(self) -> FeedPosition:
        return self._position

    async def apply(self, page: ChangesPage) -> None:
        if self.failing_writes:
            self.failing_writes -= 1
            raise StoreUnavailableError("storage_full", "no room on the disk")
        self.changes.extend(page.changes)
        known = self._position.place if page.hq_epoch == self._position.hq_epoch else 0
        stated = page.revocations.version if page.revocations else 0
        self._position = FeedPosition(page.cursor, page.hq_epoch, max(page.place, known), stated)
        if not page.more:
            self.complete_at = page.server_time

    async def seeding(self) -> Seeding | None:
        return self._seeding

    async def begin_seeding(self, snapshot: Snapshot | None) -> None:
        self._seeding = Seeding(snapshot, 0) if snapshot else None
        if snapshot:
            self._position = FeedPosition("", snapshot.hq_epoch)
            self.changes.clear()

    async def apply_seed(self, number: int, changes: Sequence[Change]) -> None:
        if self.failing_writes:
            self.failing_writes -= 1
            raise StoreUnavailableError("storage_full", "no room on the disk")
        assert self._seeding is not None
        assert number == self._seeding.next_page
        self.changes.extend(changes)
        self.seeded.append(number)
        snapshot = self._seeding.snapshot
        self._seeding = Seeding(snapshot, number + 1)
        if number + 1 == len(snapshot.pages):
            self._seeding = None
            self._position = FeedPosition(snapshot.cursor, snapshot.hq_epoch, snapshot.place)

    async def forget_cursor(self, hq_epoch: str) -> None:
        self._position = FeedPosition("", hq_epoch)
        self._seeding = None
        self.changes.clear()


def _line(last: Point, text: str) -> bytes:
    return line_of(
        Envelope(
            body=Raw(b'{"text":"%s"}' % text.encode()),
            business_date="2026-02-02",
            cashier="c1",
            event_id=f"00000000-0000-7000-8000-{last.seq + 1:012}",
            kind="sale",
            occurred_at=Millis(1_770_000_000_000),
            prev_hash=last.hash,
            seq=last.seq + 1,
            store=STORE,
            till="01",
        )
    )
