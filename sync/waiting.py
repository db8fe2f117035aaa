"""Waiting for the first of several things, and work that a cancellation does not break off."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

Sleep = Callable[[float], Awaitable[None]]
"""Return after so many seconds."""
Draw = Callable[[], float]
"""Return a random number in [0, 1)."""


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Return, or raise, when the first of `waits` does; the others are cancelled."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await cancel(*tasks)


async def unbroken(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of `work`; a caller that is cancelled meanwhile leaves when it is done."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancel `tasks` and return when all have ended, however they did."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
