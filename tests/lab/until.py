"""Waiting for something that another process brings about."""

import asyncio
from collections.abc import Awaitable, Callable

POLL_S = 0.05


class NotInTimeError(Exception):
    """It did not come about in time; says what."""


async def until(what: str, happened: Callable[[], Awaitable[bool]], *, timeout_s: float) -> None:
    """Return when `happened` is true, looking every 50 ms; raise NotInTimeError."""
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                if await happened():
                    return
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise NotInTimeError(f"after {timeout_s:.0f} s still not: {what}") from None
