"""How late the event loop is: a loop that something blocks answers no till."""

import asyncio
from collections import deque

EVERY_S = 5.0
"""Between two looks: rare enough for a PC at rest."""
LOOKS = 12
"""The worst of so many looks is told: of the last minute."""


class LoopLag:
    """Looks again and again how much later than asked the loop wakes."""

    def __init__(self, *, every_s: float = EVERY_S) -> None:
        self._every_s = every_s
        self._late_s: deque[float] = deque(maxlen=LOOKS)

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._look(), name="loop-lag")

    async def stop(self) -> None:
        """Look no longer; does nothing the second time."""
        self._task.cancel()
        await asyncio.wait({self._task})

    def worst_s(self) -> float:
        """Return the worst of the last looks, in seconds; 0 before the first."""
        return max(self._late_s, default=0.0)

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + self._every_s
            await asyncio.sleep(self._every_s)
            self._late_s.append(max(0.0, loop.time() - due))
