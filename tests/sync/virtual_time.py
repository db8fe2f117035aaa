"""A clock that stands still until a test moves it, and sleeps by it."""

import asyncio

from agent.base.clock import Millis

START = Millis(1_770_000_000_000)


class VirtualTime:
    """Clock and sleep in one."""

    def __init__(self) -> None:
        self._elapsed_ms = 0
        self._sleepers: dict[asyncio.Future[None], int] = {}
        self._fell_asleep = asyncio.Event()

    def wall(self) -> Millis:
        """The time of day."""
        return Millis(START + self._elapsed_ms)

    def monotonic_ms(self) -> int:
        """Milliseconds since the beginning."""
        return self._elapsed_ms

    async def sleep(self, seconds: float) -> None:
        """Return when the test has moved the time so far."""
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers[sleeper] = self._elapsed_ms + round(seconds * 1000)
        self._fell_asleep.set()
        try:
            await sleeper
        finally:
            self._sleepers.pop(sleeper, None)

    async def asleep(self) -> int:
        """Return when somebody sleeps: the milliseconds until the first awakes."""
        while not self._sleepers:
            self._fell_asleep.clear()
            await self._fell_asleep.wait()
        return min(self._sleepers.values()) - self._elapsed_ms

    def pass_by(self, milliseconds: int) -> None:
        """Move the time, and wake whoever slept so long."""
        self._elapsed_ms += milliseconds
        for sleeper, due in list(self._sleepers.items()):
            if due <= self._elapsed_ms:
                sleeper.set_result(None)
                del self._sleepers[sleeper]

    async def pass_until_awake(self) -> int:
        """Sleep with whoever sleeps until the first awakes; return the milliseconds it took."""
        milliseconds = await self.asleep()
        self.pass_by(milliseconds)
        return milliseconds
