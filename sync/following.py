"""Follows head office's feed: woken up when there is something to read, and by polls meanwhile."""

import asyncio
import random
from contextlib import aclosing

from agent.base.clock import MINUTE_MS, Clock
from agent.base.logging import get_logger
from sync.client import HqClient
from sync.downloader import Downloader, Identify, nobody
from sync.errors import HqError, TransportFailedError
from sync.outage import OutageLog
from sync.retry import wait_ms
from sync.waiting import Draw, Sleep, cancel

WOKEN_POLL_MS = MINUTE_MS
"""Between polls while head office wakes the store up: what finds a stream that lies."""
GAP_S = 0.2
"""Between polls that wake-ups ask for: a change of many pieces is read in few pages."""


class FeedFollower:
    """Keeps a wake-up stream open, and polls when it says so, or when there is none."""

    def __init__(
        self,
        *,
        downloader: Downloader,
        client: HqClient,
        clock: Clock,
        identify: Identify = nobody,
        sleep: Sleep = asyncio.sleep,
        draw: Draw = random.random,
    ) -> None:
        self._downloader = downloader
        self._client = client
        self._clock = clock
        self._identify = identify
        self._sleep = sleep
        self._draw = draw
        self._log = OutageLog(get_logger(__name__), "wake")
        self._tasks: list[asyncio.Task[None]] = []
        self._wanted = asyncio.Event()
        self._woken = False
        self._polled_at: int | None = None

    @property
    def woken(self) -> bool:
        """Whether head office wakes this store up now."""
        return self._woken

    def start(self) -> None:
        """Begin to listen; does nothing the second time, or without an address of HQ."""
        if not self._tasks and self._client.configured:
            self._tasks = [
                asyncio.create_task(self._listen_forever(), name="wake stream"),
                asyncio.create_task(self._poll_when_woken(), name="woken polls"),
            ]

    async def stop(self) -> None:
        """Listen no more, and break off a poll; a page that is being applied is finished."""
        await cancel(*self._tasks)
        await self._downloader.stop()

    async def look(self) -> int:
        """Poll, unless wake-ups make it needless for now; return the number of changes applied.

        After a poll that failed the next one is not left to wake-ups.
        """
        return 0 if self._woken and self._is_fresh() else await self._poll()

    def _is_fresh(self) -> bool:
        age = self._clock.monotonic_ms() - (self._polled_at or 0)
        return self._polled_at is not None and age < WOKEN_POLL_MS

    async def _poll(self) -> int:
        began = self._clock.monotonic_ms()
        applied = await self._downloader.poll_anew()
        self._polled_at = None if self._downloader.status.last_error else began
        return applied

    async def _poll_when_woken(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self._poll()
            await self._sleep(GAP_S)

    async def _listen_forever(self) -> None:
        attempt = 0
        while True:
            try:
                await self._listen()
                error: HqError = TransportFailedError("stream_ended")
            except HqError as failure:
                error = failure
                self._log.failed(error)
            attempt = 1 if self._woken else attempt + 1
            if self._woken:  # the line may be down with it: a poll finds out
                self._woken = False
                self._wanted.set()
            await self._sleep(wait_ms(error, attempt, draw=self._draw()) / 1000)

    async def _listen(self) -> None:
        async with aclosing(self._client.wake(await self._identify())) as stream:
            async for woken in stream:
                self._woken = True
                self._log.succeeded()
                if woken:
                    self._wanted.set()
