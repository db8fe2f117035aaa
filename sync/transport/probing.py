"""Probes the ways to head office that are not known to work, one probe at a time."""

import asyncio
from collections.abc import Awaitable, Callable

from sync.errors import HqError
from sync.transport.ways import Way, Ways
from sync.waiting import Sleep, cancel, first_of

Probe = Callable[[Way], Awaitable[None]]
"""Return when head office has answered this way; HqError otherwise."""


class Prober:
    """One task; with a single way there is nothing to choose, so it does not run."""

    def __init__(self, ways: Ways, probe: Probe, *, sleep: Sleep = asyncio.sleep) -> None:
        self._ways = ways
        self._probe = probe
        self._sleep = sleep
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        ways.watch(self._changed.set)

    def start(self) -> None:
        """Begin in the background; does nothing the second time."""
        if self._task is None and len(self._ways.all) > 1:
            self._task = asyncio.create_task(self._run(), name="probes")

    async def stop(self) -> None:
        """Break off a probe; begin no other."""
        if self._task is not None:
            await cancel(self._task)

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            wait_ms = self._ways.next_probe_in_ms()
            if wait_ms is None:
                await self._changed.wait()
            elif wait_ms > 0:
                await first_of(self._changed.wait(), self._rest(wait_ms))
            elif way := self._ways.begin_probe():
                self._ways.probed(way, await self._outcome(way))

    async def _rest(self, milliseconds: int) -> None:
        await self._sleep(milliseconds / 1000)

    async def _outcome(self, way: Way) -> HqError | None:
        try:
            await self._probe(way)
        except HqError as error:
            return error
        return None
