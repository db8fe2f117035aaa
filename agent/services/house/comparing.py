"""Comparing with head office: each night, and when people there ask for it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime

from agent.base.clock import SECOND_MS
from agent.base.logging import get_logger
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.calendar import NotDoneError
from agent.services.line.compare import Asks, Compared, Comparison
from agent.store.errors import StoreError
from agent.store.sqlite import DatabaseError
from sync.errors import HqError

log = get_logger(__name__)


class Comparing:
    """Compares this PC's journal with HQ's; one comparison at a time."""

    def __init__(self, desk: StoreDesk, hq: Asks) -> None:
        self._desk = desk
        self._hq = hq
        self._task: asyncio.Task[None] | None = None

    async def of_night(self) -> None:
        """Compare what is due tonight; NotDoneError when it is to be tried again."""
        time = self._desk.time
        day = datetime.fromtimestamp(time.now() / SECOND_MS, tz=time.zone).toordinal()
        await self._compare(lambda comparison: comparison.of_night(day))

    def whole(self) -> None:
        """Compare all that is kept, in the background: people at HQ wait for it."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._whole(), name="compare with head office")

    async def stop(self) -> None:
        """Break off."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _whole(self) -> None:
        with suppress(NotDoneError):  # HQ asks again at the next hello
            await self._compare(Comparison.whole)

    async def _compare(self, work: Callable[[Comparison], Awaitable[Compared]]) -> None:
        try:
            found = await work(Comparison(self._desk.database.read_aside, self._hq))
        except (HqError, StoreError, DatabaseError) as error:
            log.info("not_compared", why=str(error))
            raise NotDoneError from error
        if found.difference is None:
            log.info("compared", first=found.first_seq, last=found.last_seq)
            return
        log.critical(
            "journals_differ",
            seq=found.difference.seq,
            why=str(found.difference.why),
            next="store-agent outbox verify; docs/store-it/backup.md; call head office",
        )
