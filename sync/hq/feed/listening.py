"""Hears from PostgreSQL that stores have something to read, and passes it on once it is shown.

A change is shown when every transaction up to its place has ended (feed/changes.py), which may be
later than it is told: a store that asked at once would find nothing, and wait for its next poll.
"""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from typing import Protocol

from asyncpg import Connection

from agent.base.logging import get_logger
from sync.hq.database import CONNECT_TIMEOUT_S, UNAVAILABLE, connect
from sync.hq.settings import DatabaseSection

CHANNEL = "feed"
CHECK_S = 5.0
"""A connection that tells nothing is asked so often whether it is one."""
SHOWN_S = (0.005, 0.5)
"""Between looks whether what was told is shown by now: the first, and the longest."""
RETRY_S = 1.0

_SHOWN_BELOW = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"

_log = get_logger(__name__)


class Audience(Protocol):
    """Who is told."""

    def begin(self) -> None:
        """From now on every change is told."""

    def wake(self, stores: Collection[str]) -> None:
        """These stores, or EVERY_STORE, have something to read."""

    def end(self) -> None:
        """What changes from now on is told to nobody."""


class ChangeListener:
    """One connection of its own to PostgreSQL, made anew when it breaks."""

    def __init__(self, *, database: DatabaseSection, audience: Audience) -> None:
        self._database = database
        self._audience = audience
        self._told: dict[str, int] = {}
        """The place up to which each store has something to read."""
        self._news = asyncio.Event()
        self._failing = False

    async def run(self) -> None:
        """Listen until cancelled."""
        while True:
            try:
                await self._listen()
            except UNAVAILABLE as error:
                self._note(error)
            finally:
                self._audience.end()
            await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        connection = await connect(self._database)
        try:
            connection.add_termination_listener(lambda _: self._news.set())
            await connection.add_listener(CHANNEL, self._hear)
            self._note(None)
            self._audience.begin()
            await self._pass_on(connection)
        finally:
            connection.terminate()

    async def _pass_on(self, connection: Connection) -> None:
        wait_s = CHECK_S
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
            self._news.clear()
            shown_below = await connection.fetchval(_SHOWN_BELOW, timeout=CONNECT_TIMEOUT_S)
            ready = [store for store, place in self._told.items() if place < shown_below]
            for store in ready:
                del self._told[store]
            if ready:
                self._audience.wake(ready)
            wait_s = _next_wait_s(wait_s) if self._told else CHECK_S

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        place, _, store = str(payload).partition(" ")
        self._told[store] = max(int(place), self._told.get(store, 0))
        self._news.set()

    def _note(self, error: BaseException | None) -> None:
        if error is not None and not self._failing:
            _log.warning("wake_unavailable", error=repr(error))
        elif error is None and self._failing:
            _log.info("wake_available_again")
        self._failing = error is not None


def _next_wait_s(last_s: float) -> float:
    first, longest = SHOWN_S
    return first if last_s > longest else min(longest, 2 * last_s)
