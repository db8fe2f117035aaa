"""Keeps a device connected: opens, hands the link to the driver, re-opens when it is lost.

    CONNECTING ──opened──▶ CONNECTED ◀─▶ DEGRADED ◀─▶ UNKNOWN     (as the driver reports)
        │                      └───────────┬──────────────┘
        └──────lost──▶ DISCONNECTED ◀──lost┘
                          └──opened──▶ CONNECTED …

While it is tried again the state stays DISCONNECTED, since when it was lost. UNKNOWN is for the
driver to report: open, and no reply.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Never

from agent.base.backoff import delay_ms
from agent.base.clock import SECOND_MS, Clock
from agent.base.logging import get_logger
from drivers.errors import LostError
from drivers.ports import DeviceState, DeviceStatus, Fault, StatusListener
from drivers.transport.link import Link

STEADY_MS = 5 * SECOND_MS
"""A connection that held so long was a good one: the next try after it comes soon."""
LONGEST_ATTEMPT = 5
"""Later tries wait no longer than this one, 3.2 s at most: whoever plugs it in is waiting."""

OpenLink = Callable[[], Awaitable[Link]]
"""Open a connection; raise LostError."""


class Rest(NamedTuple):
    """A connection that was let go for a while, while all was well."""

    over: Callable[[], Awaitable[None]]
    """Return when it is to be opened again."""
    patience_seconds: Callable[[], float]
    """So long it may then be out of reach before that is told: another computer may have it."""


Converse = Callable[[Link], Awaitable[Rest]]
"""Serve an open link: report how the device stands first. Ends by LostError, by cancellation, or
when the link may be let go; the state stays as it was reported then."""
Sleep = Callable[[float], Awaitable[None]]
"""Return after so many seconds."""
Draw = Callable[[], float]
"""Return a random number in [0, 1)."""

_log = get_logger(__name__)


class Connection:
    """The connection of one device, its status, and whom to tell of it."""

    def __init__(
        self,
        *,
        name: str,
        open_link: OpenLink,
        on_status: StatusListener,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        draw: Draw = random.random,
    ) -> None:
        self._name = name
        self._open_link = open_link
        self._on_status = on_status
        self._clock = clock
        self._sleep = sleep
        self._draw = draw
        self._status = DeviceStatus(state=DeviceState.CONNECTING, since=clock.wall())
        self._told_from_ms = 0
        """From when on, in monotonic time, a failure is told."""

    @property
    def status(self) -> DeviceStatus:
        """How the device stands."""
        return self._status

    async def run(self, converse: Converse) -> Never:
        """Keep `converse` served with an open link until cancelled; the link is closed then."""
        attempt = 0
        while True:
            opened_at, rest = await self._connect_once(converse)
            if rest is not None:
                await rest.over()
                patience_ms = round(rest.patience_seconds() * SECOND_MS)
                self._told_from_ms = self._clock.monotonic_ms() + patience_ms
                attempt = 0
                continue
            attempt = 1 if self._held(opened_at) else min(attempt + 1, LONGEST_ATTEMPT)
            await self._sleep(delay_ms(attempt, draw=self._draw()) / SECOND_MS)

    def report(
        self,
        state: DeviceState,
        *,
        faults: tuple[Fault, ...] = (),
        drawer_open: bool | None = None,
        detail: str = "",
        remedy: str = "",
        found: str = "",
    ) -> None:
        """Take in how the device stands; tell and log it if that is news."""
        self.tell_losses()
        before = self._status
        same = (state, faults) == (before.state, before.faults)
        self._status = DeviceStatus(
            state=state,
            since=before.since if same else self._clock.wall(),
            faults=faults,
            drawer_open=drawer_open,
            detail=detail,
            remedy=remedy,
            found=found or before.found,
        )
        if self._status == before:
            return
        self._log_change(before)
        self._on_status(self._status)

    def tell_losses(self) -> None:
        """Tell a loss at once from now on: the device was reached, or is amid something."""
        self._told_from_ms = 0

    async def _connect_once(self, converse: Converse) -> tuple[int | None, Rest | None]:
        """Open, converse, close; return when it was opened, and how it rests unless it was lost."""
        opened_at: int | None = None
        try:
            link = await self._open_link()
            opened_at = self._clock.monotonic_ms()
            try:
                return opened_at, await converse(link)
            finally:
                await link.close()
        except LostError as error:
            if self._clock.monotonic_ms() >= self._told_from_ms:
                self.report(DeviceState.DISCONNECTED, detail=error.detail, remedy=error.remedy)
        return opened_at, None

    def _held(self, opened_at: int | None) -> bool:
        """Whether the connection held for a while."""
        return opened_at is not None and self._clock.monotonic_ms() - opened_at >= STEADY_MS

    def _log_change(self, before: DeviceStatus) -> None:
        """One line when trouble begins or changes its kind, one when all is well again."""
        now = self._status
        if now.state is DeviceState.CONNECTED:
            if before.state is not DeviceState.CONNECTED:
                _log.info("device_connected", device=self._name)
            return
        repeated = (before.state, before.faults) == (now.state, now.faults)
        log = _log.debug if repeated else _log.warning
        log(
            f"device_{now.state}",
            device=self._name,
            faults=[str(fault) for fault in now.faults],
            detail=now.detail,
            remedy=now.remedy,
        )
