"""Hearing what scanners send, from all devices that may be the one, byte for byte."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from drivers.address import HidAddress, SerialAddress, TcpAddress, parse_address
from drivers.errors import AddressError, LostError
from drivers.scanner.heard import Heard
from drivers.scanner.hid import open_grabbed
from drivers.transport.link import Link
from drivers.transport.node import open_node
from drivers.transport.opening import opener

SILENCE_S = 0.5
"""After so long without a byte a code is over: slow scanners take 0.2 s between two keys."""


class Listening:
    """Open devices, whose bursts come in order of their ends."""

    def __init__(self) -> None:
        self._bursts: asyncio.Queue[Heard] = asyncio.Queue()
        self.opened: list[str] = []
        """Addresses of those that are heard."""
        self.refused: list[str] = []
        """Why others are not."""

    async def next(self, seconds: float) -> Heard | None:
        """Return the next burst; None if none ends in so long."""
        try:
            async with asyncio.timeout(seconds):
                return await self._bursts.get()
        except TimeoutError:
            return None

    async def add(self, address: str, link: Link) -> None:
        """Hear a device until cancelled or lost."""
        clock = asyncio.get_running_loop().time
        while True:
            data, gap, at = await link.read(), 0.0, clock()
            while more := await _soon(link):
                gap, at = max(gap, clock() - at), clock()
                data += more
            heard = Heard(address=address, data=data, longest_gap_ms=round(gap * 1000))
            self._bursts.put_nowait(heard)


@asynccontextmanager
async def listening(addresses: Iterable[str], *, alone: bool) -> AsyncIterator[Listening]:
    """Hear these devices. `alone`: keyboards type nowhere else meanwhile, as with the agent."""
    listener = Listening()
    async with AsyncExitStack() as stack:
        for address in addresses:
            try:
                link = await _open(address, alone=alone)
            except (LostError, AddressError) as error:
                mend = getattr(error, "remedy", "")
                listener.refused.append(f"{address}: {error}" + (f". {mend}" if mend else ""))
                continue
            stack.push_async_callback(link.close)
            task = asyncio.create_task(listener.add(address, link), name=f"hear {address}")
            stack.push_async_callback(_ended, task)
            listener.opened.append(address)
        yield listener


async def _open(address: str, *, alone: bool) -> Link:
    parsed = parse_address(address)
    if isinstance(parsed, HidAddress):
        return await (open_grabbed(parsed) if alone else open_node(parsed))
    if isinstance(parsed, SerialAddress | TcpAddress):
        return await opener(parsed)()
    raise AddressError(f"{address} is no scanner's address")


async def _soon(link: Link) -> bytes:
    """What comes next without a silence; nothing after one."""
    try:
        async with asyncio.timeout(SILENCE_S):
            return await link.read()
    except TimeoutError:
        return b""


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
