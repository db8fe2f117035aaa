"""Head office's name looked up: by the system, and by memory while that fails."""

import asyncio
import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

SLOW_S = 0.1
"""So long a look-up may take before the addresses that it gave last are used."""

_Name = tuple[str, int, socket.AddressFamily]


class KeptNames(AbstractResolver):
    """Resolves names; the server of names is often behind the very line that is down.

    One look-up of a name at a time: one that hangs keeps one thread, and no more.
    """

    def __init__(self) -> None:
        self._system = ThreadedResolver()
        self._known: dict[_Name, list[ResolveResult]] = {}
        self._running: dict[_Name, asyncio.Task[list[ResolveResult]]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses; OSError if the name has none and never had."""
        name = (host, port, family)
        task = self._running.get(name) or self._begin(name)
        known = self._known.get(name)
        if known is None:
            return await asyncio.shield(task)
        await asyncio.wait({task}, timeout=SLOW_S)
        return self._known[name]

    async def close(self) -> None:
        """Leave the look-ups that hang."""
        for task in self._running.values():
            task.cancel()

    def _begin(self, name: _Name) -> asyncio.Task[list[ResolveResult]]:
        task = asyncio.create_task(self._system.resolve(*name), name="look-up")
        self._running[name] = task
        task.add_done_callback(lambda ended: self._ended(name, ended))
        return task

    def _ended(self, name: _Name, task: asyncio.Task[list[ResolveResult]]) -> None:
        del self._running[name]
        if not task.cancelled() and task.exception() is None:
            self._known[name] = task.result()
