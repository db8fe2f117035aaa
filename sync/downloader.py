"""Brings head office's changes to the store: page after page, each applied with its cursor."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from agent.base.clock import SECOND_MS, Clock
from agent.base.logging import get_logger
from sync.client import HqClient
from sync.errors import (
    ContradictionError,
    FencedError,
    HelloNeededError,
    HqError,
    TransportFailedError,
)
from sync.feed import ChangeSink, FeedPosition
from sync.outage import OutageLog
from sync.protocol.identity import NOBODY, Identity
from sync.protocol.limits import MAX_PAGE_CHANGES
from sync.protocol.messages import ChangesPage
from sync.retry import wait_ms
from sync.seeding import Seeder, check_place
from sync.waiting import Draw, cancel, unbroken

FENCED_MS = 10 * SECOND_MS
"""Whether this is the store's disk or a copy that was left behind, hello finds out meanwhile."""


Identify = Callable[[], Awaitable[Identity]]


async def nobody() -> Identity:
    """Tell nothing."""
    return NOBODY


@dataclass(frozen=True, kw_only=True)
class DownloadStatus:
    """The downloader as it is shown."""

    last_error: str
    """Stable code of the last poll's failure; empty when it went well."""
    detail: str
    """What failed, in words."""


class Downloader:
    """Polls the change feed."""

    def __init__(
        self,
        *,
        sink: ChangeSink,
        client: HqClient,
        clock: Clock,
        identify: Identify = nobody,
        on_fenced: Callable[[], None] = lambda: None,
        draw: Draw = random.random,
    ) -> None:
        """`identify` tells, at each call, which machine asks; `on_fenced` is called when HQ says
        that it is not the one, which hello clears up."""
        self._sink = sink
        self._seeder = Seeder(sink=sink, client=client)
        self._identify = identify
        self._on_fenced = on_fenced
        self._client = client
        self._clock = clock
        self._draw = draw
        self._log = OutageLog(get_logger(__name__), "download")
        self._task: asyncio.Task[int] | None = None
        self._error: HqError | None = None
        self._attempt = 0
        self._not_before = clock.monotonic_ms()

    @property
    def status(self) -> DownloadStatus:
        """How the last poll went."""
        return DownloadStatus(
            last_error=self._error.code if self._error else "",
            detail=self._error.detail if self._error else "",
        )

    async def poll(self) -> int:
        """Apply what the feed holds; return the number of changes applied.

        A call during a poll waits for that one. Without an address of HQ, and as long as HQ asks
        to be left alone or refuses this store, it does nothing. A failure is in `status`.
        """
        if self._task is None or self._task.done():
            if not self._client.configured or self._clock.monotonic_ms() < self._not_before:
                return 0
            self._task = asyncio.create_task(self._poll(), name="downloader")
        task = self._task
        await asyncio.wait({task})
        return 0 if task.cancelled() else task.result()

    async def poll_anew(self) -> int:
        """Poll, after a poll that goes on: that one may have read its last page already."""
        if self._task is not None and not self._task.done():
            await asyncio.wait({self._task})
        return await self.poll()

    async def stop(self) -> None:
        """Break off a poll; a page that is being applied is finished."""
        if self._task is not None:
            await cancel(self._task)

    async def _poll(self) -> int:
        applied = 0
        try:
            while True:
                page, seeded = await self._next_page()
                await unbroken(self._sink.apply(page))
                applied += seeded + len(page.changes)
                if not page.more:
                    break
        except HqError as error:
            self._failed(error)
            return applied
        self._succeeded()
        return applied

    async def _next_page(self) -> tuple[ChangesPage, int]:
        """The page after the cursor, and how many changes a snapshot brought before it: when there
        is no cursor, or HQ no longer knows it."""
        identity = await self._identify()
        position = await self._sink.position()
        if position.cursor:
            with suppress(HelloNeededError):
                page = await self._client.changes(position.cursor, identity)
                if page.hq_epoch == position.hq_epoch:
                    return _checked(page, position), 0
        seeded = await self._seeder.seed(identity, position)
        position = await self._sink.position()
        page = await self._client.changes(position.cursor, identity)
        return _checked(page, position), seeded

    def _failed(self, error: HqError) -> None:
        self._attempt += 1
        self._error = error
        self._log.failed(error, attempt=self._attempt)
        if not isinstance(error, TransportFailedError):  # polling is how a line is found again
            fenced = isinstance(error, FencedError)
            if fenced:
                self._on_fenced()
            wait = FENCED_MS if fenced else wait_ms(error, self._attempt, draw=self._draw())
            self._not_before = self._clock.monotonic_ms() + wait

    def _succeeded(self) -> None:
        self._attempt = 0
        self._error = None
        self._log.succeeded()


def _checked(page: ChangesPage, position: FeedPosition) -> ChangesPage:
    if len(page.changes) > MAX_PAGE_CHANGES:
        detail = f"{len(page.changes)} changes, at most {MAX_PAGE_CHANGES}"
        raise ContradictionError("page_too_long", detail)
    if page.more and page.cursor == position.cursor:
        raise ContradictionError("cursor_stuck", "more is to come, but the cursor stays")
    check_place(page, position)
    _check_revocations(page, position)
    return page


def _check_revocations(page: ChangesPage, position: FeedPosition) -> None:
    same, told = page.hq_epoch == position.hq_epoch, page.revocations
    if same and told is not None and told.version < position.revocations:
        detail = f"HQ states version {told.version}, and stated {position.revocations} before"
        raise ContradictionError("revocations_went_back", detail)
