"""The training ground: a desk of its own, with its own database, from which nothing leaves."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from msgspec import structs

from agent.base.clock import HOUR_MS
from agent.services.desk.caller import Caller
from agent.services.desk.store_desk import StoreDesk
from agent.services.printing.papers import PaperQueue
from agent.store.database import Database
from agent.store.errors import StartRefusedError, StoreError, WriteFailedError
from agent.store.house.training_copy import copy_catalogue
from agent.store.line import sync_state
from agent.store.lock import StoreLock

COPY_AGE_MS = 1 * HOUR_MS
"""An older copy of articles, members and coupons is made anew."""

Opened = Callable[[StoreDesk], Awaitable[None]]


class TrainingGround:
    """Opens the training desk when the first one practises; `close` is idempotent.

    No uploader reads its journal, and its database is named after no store that HQ knows.
    """

    def __init__(
        self, desk: StoreDesk, *, real: Path, training: Path, opened: Opened | None = None
    ) -> None:
        """`desk` is the store's and `real` its database, which is only read; `training` the
        training ground's. `opened` is called once with the training desk."""
        self._real_desk = desk
        self._real = real
        self._file = training
        self._opened = opened
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._desk: StoreDesk | None = None
        self._copied_at = 0
        self._session: bytes | None = None

    async def desk_for(self, caller: Caller) -> StoreDesk:
        """Return the desk that serves `caller`: the store's, unless they practise.

        Whoever signs in to practise finds the coupons as they are now, whatever was used before.
        """
        if not caller.training:
            return self._real_desk
        async with self._opening:
            if self._desk is None:
                self._desk = await self._begin()
            if caller.session is not None and caller.session != self._session:
                await self._copy(anew=True)
                self._session = caller.session
            elif self._real_desk.time.monotonic_ms() - self._copied_at > COPY_AGE_MS:
                await self._copy(anew=False)
            return self._desk

    async def close(self) -> None:
        """Close the training database."""
        await self._stack.aclose()
        self._desk = None

    async def _begin(self) -> StoreDesk:
        """Return the desk, filled and told of; whole, or nothing of it stays open."""
        desk = await self._open()
        try:
            await self._copy(anew=False)
            if self._opened is not None:
                await self._opened(desk)
        except BaseException:
            await self._stack.aclose()
            raise
        return desk

    async def _open(self) -> StoreDesk:
        directory = self._file.parent
        directory.mkdir(mode=0o700, exist_ok=True)
        try:
            return await self._open_in(directory)
        except StartRefusedError:  # damaged or another store's: nothing there is worth keeping
            shutil.rmtree(directory)
            directory.mkdir(mode=0o700)
            return await self._open_in(directory)

    async def _open_in(self, directory: Path) -> StoreDesk:
        async with AsyncExitStack() as stack:
            lock = StoreLock(directory)
            database = Database(self._file)
            try:
                lock.acquire()
                stack.callback(lock.release)
                database.open()
            except StartRefusedError:
                raise
            except StoreError as error:
                raise WriteFailedError(f"the training ground can't be opened: {error}") from error
            stack.push_async_callback(asyncio.to_thread, database.close)
            desk = _practising(self._real_desk, database)
            await database.write(
                lambda db: sync_state.found(db, store=desk.name, install_id=uuid4().hex)
            )
            self._stack = stack.pop_all()
        return desk

    async def _copy(self, *, anew: bool) -> None:
        await asyncio.to_thread(copy_catalogue, self._real, self._file, anew=anew)
        self._copied_at = self._real_desk.time.monotonic_ms()


def _practising(desk: StoreDesk, database: Database) -> StoreDesk:
    """Return the desk over the training database: papers are marked, the drawer stays shut."""
    training = replace(
        desk,
        database=database,
        training=True,
        news=desk.news.practised(),
        papers=None,
        drawer=None,
        claims=None,
    )
    if desk.papers is None:
        return training
    stationery = desk.papers.stationery
    marked = structs.replace(stationery.letterhead, training=True)
    papers = PaperQueue(replace(stationery, letterhead=marked), store=training.name)
    return replace(training, papers=papers)
