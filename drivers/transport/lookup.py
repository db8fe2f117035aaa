"""Looks a host's name up, at the system's own pace, while nothing else waits for it."""

import asyncio
import concurrent.futures
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Thread
from typing import Any

LOOKUP_SECONDS = 1.0
"""The longest that one call waits; the question goes on, and the next call gets its answer."""

Place = tuple[int, int, int, str, tuple[Any, ...]]
"""Family, kind, protocol, canonical name and socket address, as getaddrinfo tells them."""
Ask = Callable[..., Sequence[Place]]
"""socket.getaddrinfo: with name servers that are silent it blocks for half a minute."""


class Lookup:
    """Where one host is; one question at a time, however often it is wanted."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        ask: Ask = socket.getaddrinfo,
        seconds: float = LOOKUP_SECONDS,
    ) -> None:
        self._host = host
        self._port = port
        self._ask = ask
        self._seconds = seconds
        self._asked: asyncio.Future[Sequence[Place]] | None = None

    async def places(self) -> Sequence[Place]:
        """Return where the host may be reached, the best first; raise gaierror."""
        with suppress(socket.gaierror):  # it is a name
            return self._look(socket.AI_NUMERICHOST)
        if self._asked is None:
            self._asked = _in_a_thread_of_its_own(self._look)
        asked = self._asked
        await asyncio.wait({asked}, timeout=self._seconds)
        if not asked.done():
            raise socket.gaierror(socket.EAI_AGAIN, "no name server answered yet")
        self._asked = None
        return asked.result()

    def _look(self, flags: int = 0) -> Sequence[Place]:
        return self._ask(self._host, self._port, type=socket.SOCK_STREAM, flags=flags)


def _in_a_thread_of_its_own(look: Callable[[], Sequence[Place]]) -> asyncio.Future[Sequence[Place]]:
    """Not in the loop's pool: silent name servers would keep all of it, and the loop's end."""
    looked = concurrent.futures.Future[Sequence[Place]]()
    looked.set_running_or_notify_cancel()

    def run() -> None:
        try:
            looked.set_result(look())
        except (OSError, ValueError) as error:  # UnicodeError, of a name, is a ValueError
            looked.set_exception(error)

    Thread(target=run, name="look a host up", daemon=True).start()
    asked = asyncio.wrap_future(looked)
    asked.add_done_callback(_hear)
    return asked


def _hear(asked: asyncio.Future[Sequence[Place]]) -> None:
    """An error that nobody waits for any more is no news."""
    if not asked.cancelled():
        asked.exception()
