"""Periodic work: one piece of work, again and again, by the monotonic clock."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from agent.base.logging import get_logger

JITTER = 0.1
"""Share of an interval by which it is spread, so that a chain's stores don't march."""

Work = Callable[[], Awaitable[object]]

log = get_logger(__name__)


class Periodic:
    """Runs `work` every `every_s` seconds of the event loop's clock, whoever sets the PC's.

    Runs never overlap: the interval begins when a run has ended. A run that fails is logged, once
    until one goes well, and does not end the rest.
    """

    def __init__(
        self,
        work: Work,
        *,
        name: str,
        every_s: float,
        at_once: bool = False,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`at_once`: the first run begins with `start`, else an interval later. `draw` is in
        [0, 1)."""
        self._work = work
        self._name = name
        self._every_s = every_s
        self._at_once = at_once
        self._draw = draw
        self._failing = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin in the background; does nothing the second time."""
        if self._task is None:
            self._task = asyncio.create_task(self._run_forever(), name=self._name)

    async def stop(self) -> None:
        """Break off a run that goes on, and return when it has ended; begin no other."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run_forever(self) -> None:
        if not self._at_once:
            await self._rest()
        while True:
            await self._run()
            await self._rest()

    async def _run(self) -> None:
        try:
            await self._work()
        except Exception:  # noqa: BLE001 - a fault of one run must not end the others
            (log.debug if self._failing else log.error)(
                "periodic_work_failed", work=self._name, exc_info=True
            )
            self._failing = True
        else:
            if self._failing:
                log.info("periodic_work_recovered", work=self._name)
            self._failing = False

    async def _rest(self) -> None:
        await asyncio.sleep(self._every_s * (1 + JITTER * (2 * self._draw() - 1)))
