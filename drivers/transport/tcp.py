"""Devices on the network."""

import asyncio
import socket

from drivers.address import TcpAddress
from drivers.transport.link import Link
from drivers.transport.remedy import lost

CONNECT_SECONDS = 3.0
"""The longest that finding and reaching the device may take."""
KEEP_ALIVE_IDLE_SECONDS = 10
"""After so long without a byte the system asks whether the device is still there,"""
KEEP_ALIVE_EVERY_SECONDS = 5
"""again after so long,"""
KEEP_ALIVE_PROBES = 3
"""and gives up after so many questions without an answer."""
UNACKNOWLEDGED_MS = 25_000
"""So long may bytes that we sent stay without an acknowledgement."""


async def open_tcp(address: TcpAddress) -> Link:
    """Connect to `address`; raise LostError."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            connected = await _connect(address)
    except OSError as error:  # TimeoutError and gaierror are
        raise lost(address, error) from error
    return Link(connected.detach(), address)


async def _connect(address: TcpAddress) -> socket.socket:
    """Try each address of the host in turn; raise the last one's OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    for left, (family, kind, protocol, _, where) in zip(
        reversed(range(len(found))), found, strict=True
    ):
        trial = _socket(family, kind, protocol)
        try:
            await loop.sock_connect(trial, where)
        except OSError:
            trial.close()
            if not left:
                raise
        except asyncio.CancelledError:
            trial.close()
            raise
        else:
            return trial
    raise socket.gaierror(f"{address.host} has no address")


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
