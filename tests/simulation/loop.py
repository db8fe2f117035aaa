"""An event loop whose time passes when nothing else happens: an hour takes no longer than a second.

What is real (queries of PostgreSQL) is waited for while the time stands still. Threads there are
none: what would run in one is done at once. Addresses of the network under test are reached through
it; all other connections are real.
"""

import asyncio
import selectors
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.simulation.network import Network
from tests.simulation.process import task_of_process

PATIENCE_S = 60.0
"""PostgreSQL answers within this, in real time."""


class NothingHappensError(RuntimeError):
    """Everybody waits, and nobody for the time."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop; its time begins at 0."""

    def __init__(self) -> None:
        self._now = 0.0
        self._real_work = 0
        self.ends_at = float("inf")
        """Nothing may take longer."""
        super().__init__(_TimeBySelector(self))
        self.set_task_factory(task_of_process)
        self.network = Network(self)

    def time(self) -> float:
        """Seconds that have passed."""
        return self._now

    def begin_anew(self, at_s: float, longest_s: float) -> None:
        """Begin anew at `at_s`, with nothing left to do; raise when it comes to `longest_s`."""
        for handle in list(self._scheduled):  # type: ignore[attr-defined]
            handle.cancel()
        self._now, self.ends_at = at_s, longest_s

    @contextmanager
    def real_work(self) -> Iterator[None]:
        """Let no time pass meanwhile."""
        self._real_work += 1
        try:
            yield
        finally:
            self._real_work -= 1

    def pass_time(self, seconds: float | None) -> bool:
        """Let so much time pass, unless something real is under way; tell whether it did."""
        if self._real_work:
            return False
        if seconds is None:
            raise NothingHappensError("everybody waits for somebody else")
        self._now += seconds
        if self._now > self.ends_at:
            self.ends_at = float("inf")
            raise NothingHappensError("it comes to no end")
        return True

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Run it now: nothing of it waits for anything."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - raised where it is awaited
            future.set_exception(error)
        return future

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect, in the network under test if the address lies there."""
        if self.network.knows(address):
            await self.network.connect(sock, address)
        else:
            await super().sock_connect(sock, address)

    async def create_connection(
        self, protocol_factory: Callable[[], Any], *args: Any, **options: Any
    ) -> tuple[Any, Any]:
        """Return transport and protocol of a connection."""
        sock = options.get("sock")
        if sock is not None and self.network.has_connected(sock):
            return self.network.open(sock, protocol_factory())
        return await super().create_connection(protocol_factory, *args, **options)


class _TimeBySelector(selectors.DefaultSelector):
    """Waits for what is real; lets the time pass otherwise."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout <= 0:
            return []  # what is real is looked for when nobody has anything else to do
        if self._loop.pass_time(timeout):
            return []
        found = super().select(PATIENCE_S)
        if not found:
            raise NothingHappensError("PostgreSQL does not answer")
        return found
