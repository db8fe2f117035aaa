"""Connections to head office, from the interface that a way names."""

import asyncio
import socket
import ssl
from collections.abc import Collection

import aiohttp
from aiohttp.connector import AddrInfoType

from agent.base.clock import SECOND_MS
from sync.transport.names import KeptNames
from sync.transport.reply import JSON
from sync.transport.request import Timeouts
from sync.transport.tls import tls_context

KEEPALIVE_S = 30.0
"""An idle connection is closed after this: before HQ does, and before a router forgets it."""
SILENT_MS = 10 * SECOND_MS
"""A connection on which nothing that was sent is acknowledged for so long is broken: one of a line
that died says nothing by itself. TCP_USER_TIMEOUT, RFC 5482."""


class Sessions:
    """A session for each interface, so that no connection of one is taken for another's."""

    def __init__(
        self,
        interfaces: Collection[str],
        *,
        secured: bool,
        timeouts: Timeouts,
        user_agent: str,
        ca_file: str,
    ) -> None:
        """`interfaces`: empty for the system's choice; `secured`: whether there is any HTTPS."""
        self._interfaces = interfaces
        self._timeout = aiohttp.ClientTimeout(
            total=timeouts.total_ms / 1000, connect=timeouts.connect_ms / 1000
        )
        self._user_agent = user_agent
        self._ca_file = ca_file
        self._wants_roots = secured
        self._secured: ssl.SSLContext | bool = True
        self._names: KeptNames | None = None
        self._open: dict[str, aiohttp.ClientSession] = {}

    async def start(self) -> None:
        """Make ready; OSError if the file of roots can't be used."""
        if self._wants_roots:  # reading all of them takes 50 ms
            self._secured = await asyncio.to_thread(tls_context, self._ca_file)
        self._names = KeptNames()
        self._open = {interface: self.fresh(interface) for interface in self._interfaces}

    async def stop(self) -> None:
        """Close all connections; does nothing the second time."""
        while self._open:
            await self._open.popitem()[1].close()
        if self._names is not None:
            await self._names.close()

    def of(self, interface: str) -> aiohttp.ClientSession:
        """The session that keeps its connections."""
        if interface not in self._open:
            raise RuntimeError("the client is not started")
        return self._open[interface]

    def fresh(self, interface: str) -> aiohttp.ClientSession:
        """Another one, which has no connection yet; whoever asks for it closes it."""
        if self._names is None:
            raise RuntimeError("the client is not started")
        connector = aiohttp.TCPConnector(  # a name's addresses are tried side by side, RFC 8305
            keepalive_timeout=KEEPALIVE_S,
            ssl=self._secured,
            resolver=self._names,
            socket_factory=lambda info: _socket(info, interface),
        )
        return aiohttp.ClientSession(
            timeout=self._timeout,
            connector=connector,
            auto_decompress=False,  # what travels is what HQ has signed
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._user_agent, "Accept": JSON},
        )


def bind_to_interface(sock: socket.socket, interface: str) -> None:
    """Let `sock` send and receive over `interface` alone, by its routes; empty: over any. OSError
    if there is none of that name.

    Needs no capability since Linux 5.7. A bound source address would not do: routes are chosen
    by the destination, so the packets would leave by the dead line all the same.
    """
    if interface:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode() + b"\0")


def _socket(info: AddrInfoType, interface: str) -> socket.socket:
    made = socket.socket(info[0], info[1], info[2])
    try:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_MS)
        bind_to_interface(made, interface)
    except OSError:
        made.close()
        raise
    return made
