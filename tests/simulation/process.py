"""A process that may die at any await: none of its tasks runs on, and nothing is tidied up."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, NoReturn

current: ContextVar["Process | None"] = ContextVar("current", default=None)
"""The process whose code is running."""


class DeadError(Exception):
    """What a dead process still tries comes to nothing."""


class Process:
    """Code that lives and dies together."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.died_at = ""
        """The place at which it died; empty as long as it lives."""
        self.dies_in: int | None = None
        """So many places it still passes; None: it does not die by itself."""
        self.dead = asyncio.Event()
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._at_death: list[Callable[[], None]] = []
        self._reaped = False
        self.context: Context = copy_context()
        self.context.run(current.set, self)

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run `work` as part of the process."""
        loop = asyncio.get_running_loop()
        return loop.create_task(work, name=name, context=self.context)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Let `task` die with the process."""
        self._tasks[task] = None
        task.add_done_callback(self._ended)

    def at_death(self, act: Callable[[], None]) -> None:
        """Call `act` when the process dies."""
        self._at_death.append(act)

    async def reach(self, place: str) -> None:
        """Pass a place at which the process may die; others come first."""
        if self.alive:
            await asyncio.sleep(0)
        if self.alive and self.dies_in is not None:
            self.dies_in -= 1
            if self.dies_in < 0:
                self.die(place)
        if not self.alive:
            await self._nothing_more()

    def die(self, place: str = "between two steps") -> None:
        """End without a word to anybody."""
        if self.alive:
            self.alive = False
            self.died_at = place
            for act in self._at_death:
                act()
            self.dead.set()
            asyncio.get_running_loop().call_soon(self._reap)

    async def buried(self) -> None:
        """Return when nothing is left of it."""
        while self._tasks:
            self._reap()
            await asyncio.wait(set(self._tasks), timeout=1)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)
        if not self.alive and not task.cancelled():
            task.exception()  # nobody is left to ask for it

    def _reap(self) -> None:
        self._reaped = True
        for task in list(self._tasks):
            task.cancel()

    async def _nothing_more(self) -> NoReturn:
        if not self._reaped:
            await asyncio.get_running_loop().create_future()
        raise DeadError(self.name)


def task_of_process(
    loop: asyncio.AbstractEventLoop, work: Any, /, **options: Any
) -> asyncio.Task[Any]:
    """Task factory: each task belongs to the process that begins it."""
    context: Context | None = options.get("context")
    process = context.get(current) if context is not None else current.get()
    task = asyncio.Task(work, loop=loop, **options)
    if process is not None:
        process.adopt(task)
    return task
