"""The journal as sync's outbox: what HQ has not acknowledged yet."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from agent.base.clock import Millis
from agent.services.desk.store_desk import StoreDesk
from agent.store.errors import StoreError
from agent.store.line import journal, parked, parked_at_hq, sync_state
from agent.store.line.journal import Place
from agent.store.selling import sales
from agent.store.sqlite import Connection, DatabaseError
from sync.errors import StoreUnavailableError
from sync.outbox import OutboxPosition
from sync.protocol.limits import MAX_TRAIL_POINTS
from sync.protocol.messages import HelloAnswer, ParkedChange, Point, RowResult, RowState
from sync.protocol.position import ORIGIN
from sync.protocol.rollouts import Running

MAX_PARKED_TOLD = 100
"""Parked changes that HQ is told by name, if they are short enough."""

T = TypeVar("T")


class JournalOutbox:
    """Implements sync.outbox.Outbox on the store's journal."""

    def __init__(
        self,
        desk: StoreDesk,
        *,
        running: Callable[[Connection], Running | None] = lambda _: None,
        on_compare_wanted: Callable[[], None] = lambda: None,
    ) -> None:
        """`running` tells what this PC runs; `on_compare_wanted` is called when HQ asks for it."""
        self._desk = desk
        self._running = running
        self._on_compare_wanted = on_compare_wanted
        self._committed = asyncio.Event()
        desk.database.on_commit(self._committed.set)

    async def position(self) -> OutboxPosition:
        """Return where the store stands."""
        return await self._read(lambda db: _position(db, self._running(db)))

    async def read(self, after_seq: int, max_events: int, max_bytes: int) -> list[bytes]:
        """Return the next lines; at least one if there is one."""
        store = self._desk.store

        def work(db: Connection) -> list[bytes]:
            taken: list[bytes] = []
            room = max_bytes
            for line in journal.lines(db, store, after_seq=after_seq, max_events=max_events):
                room -= len(line) + 1
                if taken and room < 0:
                    break
                taken.append(line)
            return taken

        return await self._read(work)

    async def wait_appended(self, after_seq: int) -> None:
        """Return when the journal holds an event past `after_seq`."""
        while True:
            self._committed.clear()
            if (await self._read(journal.tip)).seq > after_seq:
                return
            await self._committed.wait()

    async def hash_at(self, seq: int) -> str | None:
        """Return the hash at `seq`, None when it is not there."""
        found = await self._read(lambda db: journal.hash_at(db, seq))
        return found.hex() if found else None

    async def trail(self) -> Sequence[Point]:
        """Return places from new to old, at doubling distances, the origin last."""
        return await self._read(_trail)

    async def acknowledge(
        self,
        through: Point,
        *,
        backup_through: int,
        server_time: int,
        results: Sequence[RowResult] = (),
    ) -> None:
        """Record what HQ confirmed."""
        place = Place(through.seq, bytes.fromhex(through.hash))
        at = Millis(server_time)

        def work(db: Connection) -> None:
            sync_state.acknowledge(db, place, backup_through=backup_through, contact_at=at)
            for row in results:
                if row.state is RowState.PARKED:
                    parked_at_hq.note(db, row.seq, row.code, row.detail, at)

        self._desk.time.heard(at)
        await self._write(work)

    async def enter_epoch(self, epoch: int, acked: Point) -> None:
        """Go on under `epoch` from `acked`."""
        place = Place(acked.seq, bytes.fromhex(acked.hash))

        def work(db: Connection) -> None:
            if not sync_state.get(db).epoch:
                sales.leave_ungreeted_numbers(db)
            sync_state.enter_epoch(db, epoch, place)

        await self._write(work)

    async def forget_cursor(self, hq_epoch: str) -> None:
        """Begin the feed anew."""
        await self._write(lambda db: sync_state.forget_cursor(db, hq_epoch))

    async def heard(self, answer: HelloAnswer) -> None:
        """Record HQ's clock and version, and what HQ says of the past of this store."""
        at = Millis(answer.server_time)

        def work(db: Connection) -> None:
            sync_state.heard(db, at, hq_version=answer.app_version)
            sync_state.hear_of_past(
                db,
                receipts_after=answer.receipts_after,
                shifts_after=answer.shifts_after,
                past_of=answer.epoch if answer.past else 0,
            )

        self._desk.time.heard(at)
        await self._write(work)
        if answer.compare:
            self._on_compare_wanted()

    async def wait_greeted(self) -> None:
        """Return when HQ has given this installation an epoch; at once if it has."""
        while True:
            self._committed.clear()
            if (await self._read(sync_state.get)).epoch:
                return
            await self._committed.wait()

    async def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            return await self._desk.database.read(work)
        except DatabaseError as error:
            raise StoreUnavailableError("store_unreadable", str(error)) from error

    async def _write(self, work: Callable[[Connection], T]) -> T:
        try:
            return await self._desk.database.write(work)
        except (StoreError, DatabaseError) as error:
            raise StoreUnavailableError("store_not_writable", str(error)) from error


def _position(db: Connection, running: Running | None) -> OutboxPosition:
    state, last = sync_state.get(db), journal.tip(db)
    return OutboxPosition(
        store=state.store,
        install_id=state.install_id,
        epoch=state.epoch,
        last=Point(last.seq, last.hash.hex()),
        acked=Point(state.acked.seq, state.acked.hash.hex()),
        pruned_seq=journal.pruned_through(db),
        cursor=state.cursor,
        hq_epoch=state.hq_epoch,
        anew=state.anew,
        parked_count=parked.count(db),
        parked=tuple(
            ParkedChange(entity=entity, key=key, why=why)
            for entity, key, why in parked.told(db, MAX_PARKED_TOLD)
        ),
        running=running,
    )


def _trail(db: Connection) -> tuple[Point, ...]:
    """With the place that HQ acknowledged, so that an honest HQ has nothing to be sent again."""
    oldest = journal.pruned_through(db)
    places = {oldest, sync_state.get(db).acked.seq}
    seq, step = journal.tip(db).seq, 1
    while seq > oldest and len(places) < MAX_TRAIL_POINTS - 1:
        places.add(seq)
        seq, step = seq - step, step * 2
    kept = sorted((place for place in places if place >= max(oldest, 1)), reverse=True)
    return (*(_point(db, place) for place in kept), ORIGIN)


def _point(db: Connection, seq: int) -> Point:
    found = journal.hash_at(db, seq)
    if found is None:
        raise DatabaseError(f"the journal has no event {seq}")
    return Point(seq, found.hex())
