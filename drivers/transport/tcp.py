"""Devices on the network."""

import asyncio
import socket
from collections.abc import Sequence

from drivers.address import TcpAddress
from drivers.transport.link import Link
from drivers.transport.lookup import Lookup, Place
from drivers.transport.remedy import lost

CONNECT_SECONDS = 3.0
"""The longest that reaching the device may take; its name is looked up before."""
KEEP_ALIVE_IDLE_SECONDS = 10
"""After so long without a byte the system asks whether the device is still there,"""
KEEP_ALIVE_EVERY_SECONDS = 5
"""again after so long,"""
KEEP_ALIVE_PROBES = 3
"""and gives up after so many questions without an answer."""
UNACKNOWLEDGED_MS = 25_000
"""So long may bytes that we sent stay without an acknowledgement."""


class TcpOpener:
    """Connects to one device, again and again."""

    def __init__(
        self,
        address: TcpAddress,
        lookup: Lookup | None = None,
        *,
        seconds: float = CONNECT_SECONDS,
    ) -> None:
        self._address = address
        self._seconds = seconds
        self._lookup = lookup or Lookup(address.host, address.port)

    async def open(self) -> Link:
        """Connect; raise LostError."""
        try:
            connected = await _connect(await self._lookup.places(), self._seconds)
        except OSError as error:  # TimeoutError and gaierror are
            raise lost(self._address, error) from error
        return Link(connected.detach(), self._address)


async def _connect(places: Sequence[Place], seconds: float) -> socket.socket:
    """Try each place in turn, none so long that the next gets no try; raise the last's OSError."""
    failed: OSError = socket.gaierror(socket.EAI_NODATA, "it has no address")
    for family, kind, protocol, _, where in places:
        trial = _socket(family, kind, protocol)
        try:
            async with asyncio.timeout(seconds / len(places)):
                await asyncio.get_running_loop().sock_connect(trial, where)
        except OSError as error:
            trial.close()
            failed = error
        except asyncio.CancelledError:
            trial.close()
            raise
        else:
            return trial
    raise failed


def _socket(family: int, kind: int, protocol: int) -> socket.socket:
    made = socket.socket(family, kind, protocol)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEP_ALIVE_IDLE_SECONDS)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEP_ALIVE_EVERY_SECONDS)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEP_ALIVE_PROBES)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
