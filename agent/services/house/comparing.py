"""Comparing with head office: each night, and when people there ask for it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from agent.base.clock import SECOND_MS
from agent.base.logging import get_logger
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.calendar import NotDoneError
from agent.services.line.compare import Asks, Compared, Comparison
from agent.services.line.compare_tables import (
    AsksOfFeed,
    FeedQuestions,
    RowDifference,
    TableComparison,
)
from agent.services.line.mend_revocations import RevocationMending
from agent.store import trust
from agent.store.errors import StoreError
from agent.store.line import sync_state
from agent.store.sqlite import Connection, DatabaseError
from sync.errors import HqError

log = get_logger(__name__)


class AsksAll(Asks, AsksOfFeed, Protocol):
    """Head office, to be asked of both."""


class Comparing:
    """Compares this PC's journal, and what it holds of the feed, with HQ's."""

    def __init__(
        self, desk: StoreDesk, hq: AsksAll, *, catch_up: Callable[[], Awaitable[object]]
    ) -> None:
        """`catch_up` returns when the feed was read to its end."""
        self._desk = desk
        self._hq = hq
        self._catch_up = catch_up
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def of_night(self) -> None:
        """Compare what is due tonight; NotDoneError when it is to be tried again."""
        time = self._desk.time
        day = datetime.fromtimestamp(time.now() / SECOND_MS, tz=time.zone).toordinal()
        await self._compare(lambda comparison: comparison.of_night(day))

    def whole(self) -> None:
        """Compare all that is kept, in the background: people at HQ wait for it."""
        self._begin("compare with head office", self._whole)

    def revocations(self) -> None:
        """Mend what is revoked here, in the background: it is not what HQ states."""
        self._begin("mend revocations", self._mend)

    def _begin(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        if name not in self._tasks or self._tasks[name].done():
            self._tasks[name] = asyncio.create_task(work(), name=name)

    async def joined(self) -> None:
        """Return when what goes on in the background is done."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def stop(self) -> None:
        """Break off."""
        for task in self._tasks.values():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()

    async def _mend(self) -> None:
        try:
            await self._mend_revocations(FeedQuestions(self._desk.database.read_aside, self._hq))
        except (HqError, StoreError, DatabaseError) as error:  # tried again at the next poll
            log.info("revocations_not_mended", why=str(error))

    async def _whole(self) -> None:
        with suppress(NotDoneError):  # HQ asks again at the next hello
            await self._compare(Comparison.whole)

    async def _compare(self, work: Callable[[Comparison], Awaitable[Compared]]) -> None:
        read = self._desk.database.read_aside
        questions = FeedQuestions(read, self._hq)
        tables = TableComparison(read, questions, catch_up=self._catch_up)
        try:
            found = await work(Comparison(read, self._hq))
            self._tell(found)
            await self._tell_again(await tables.differences())
            await self._mend_revocations(questions)
        except (HqError, StoreError, DatabaseError) as error:
            log.info("not_compared", why=str(error))
            raise NotDoneError from error

    def _tell(self, found: Compared) -> None:
        if found.difference is None:
            log.info("compared", first=found.first_seq, last=found.last_seq)
            return
        log.critical(
            "journals_differ",
            seq=found.difference.seq,
            why=str(found.difference.why),
            next="store-agent outbox verify; docs/store-it/backup.md; call head office",
        )

    async def _tell_again(self, found: Sequence[RowDifference]) -> None:
        """Let head office tell everything once more, if something is not as it tells it."""
        if not found:
            return

        def work(db: Connection) -> None:
            trust.expect_again(db)
            sync_state.forget_cursor(db)

        await self._desk.database.write(work)
        log.warning("feed_differed", first=[f"{one.table} {one.key} {one.why}" for one in found])
        await self._catch_up()

    async def _mend_revocations(self, questions: FeedQuestions) -> None:
        mended = await RevocationMending(self._desk, questions).mend()
        if not mended.first:
            return
        log.warning(
            "revocations_mended",
            missing=mended.missing,
            unknown_at_hq=mended.unknown,
            first=mended.first,
        )
        await self._catch_up()
