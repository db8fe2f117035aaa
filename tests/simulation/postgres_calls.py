"""Between HQ and PostgreSQL: each call is real work, and before and after it a process may die."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import asyncpg
from asyncpg.pool import PoolConnectionHolder

from tests.simulation.loop import VirtualLoop
from tests.simulation.process import DeadError, current

_CALLS = ("execute", "executemany", "fetch", "fetchrow", "fetchval", "reset", "close")


class AwayError(ConnectionRefusedError):
    """PostgreSQL can't be reached for a while."""


class Postgres:
    """How HQ's processes reach PostgreSQL."""

    def __init__(self) -> None:
        self.away = False

    @contextmanager
    def watched(self, loop: VirtualLoop) -> Iterator[None]:
        """Watch every call meanwhile."""
        with ExitStack() as stack:
            for name in _CALLS:
                call = self._watched(loop, getattr(asyncpg.Connection, name), name)
                stack.enter_context(patch.object(asyncpg.Connection, name, call))
            connect = self._watched(loop, PoolConnectionHolder.connect, "connect")
            stack.enter_context(patch.object(PoolConnectionHolder, "connect", connect))
            yield

    def _watched(
        self, loop: VirtualLoop, call: Callable[..., Awaitable[Any]], name: str
    ) -> Callable[..., Awaitable[Any]]:
        async def watched(self_: Any, *args: Any, **options: Any) -> Any:
            process = current.get()
            if process is None:
                with loop.real_work():
                    return await call(self_, *args, **options)
            if name == "reset" and not self_.is_in_transaction():
                return None  # nothing of HQ's outlives its transaction, and each takes a round trip
            what = _told(name, args)
            try:
                await process.reach(f"before {what}")
                if self.away and name != "close":
                    raise AwayError("PostgreSQL is away")
                with loop.real_work():
                    result = await call(self_, *args, **options)
                await process.reach(f"after {what}")
            except DeadError:
                raise asyncpg.InterfaceError("the process is dead") from None
            return result

        return watched


def _told(name: str, args: tuple[Any, ...]) -> str:
    """The beginning of the statement."""
    text = args[0] if args and isinstance(args[0], str) else name
    line = next((one for one in text.splitlines() if one and not one.startswith("--")), "")
    return " ".join(line.split()[:3])
