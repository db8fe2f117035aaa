"""One request tried in several ways, of which the first answer counts."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

from sync.errors import TransportFailedError

T = TypeVar("T")


class Race(Generic[T]):
    """Tries of one request, of which the first answer counts."""

    def __init__(self) -> None:
        self.running: set[asyncio.Task[T]] = set()
        self.failure = TransportFailedError("no_address", "no address of HQ is set")
        """The last one."""

    @property
    def lags(self) -> bool:
        """Whether any is under way."""
        return bool(self.running)

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin another try."""
        task = asyncio.create_task(work, name="try")
        self.running.add(task)
        return task

    async def wait(self, timeout_s: float | None) -> T | None:
        """Return the answer of the first that ends; None if it failed, or none has in time.
        HqError: HQ refuses."""
        ended, self.running = await asyncio.wait(
            self.running, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        for task in ended:
            try:
                return task.result()
            except TransportFailedError as error:
                self.failure = error
        return None
