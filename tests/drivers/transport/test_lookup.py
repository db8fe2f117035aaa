"""Host names that are slow to be found, or that lead to several places."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from drivers.address import TcpAddress
from drivers.errors import LostError
from drivers.transport.link import Link
from drivers.transport.lookup import Lookup, Place
from drivers.transport.tcp import TcpOpener
from tests.conformance.witness import PATIENCE_SECONDS
from tests.lab.ports import LOOPBACK

PRINTER = TcpAddress(host="printer.store", port=9_100)
HASTE_SECONDS = 0.01


def place(listener: socket.socket) -> Place:
    return (socket.AF_INET, socket.SOCK_STREAM, 0, "", listener.getsockname())


class NameServer:
    """Knows all names but those of numbers; answers when it is let."""

    def __init__(self, *places: Place) -> None:
        self.asked = 0
        self.let = threading.Event()
        self._places = list(places)

    def ask(self, *_: object, flags: int, **__: object) -> list[Place]:
        """Do as getaddrinfo does."""
        if flags & socket.AI_NUMERICHOST:
            raise socket.gaierror(socket.EAI_NONAME, "not a number")
        self.asked += 1
        assert self.let.wait(PATIENCE_SECONDS)
        if not self._places:
            raise socket.gaierror(socket.EAI_NONAME, "not known")
        return self._places


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((LOOPBACK, 0)) as made:
        yield made


@pytest.fixture
def deaf() -> Iterator[socket.socket]:
    """A port whose host drops whoever wants to connect: its queue of callers is full."""
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server((LOOPBACK, 0), backlog=0))
        for _ in range(4):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        yield full


def opener(server: NameServer) -> TcpOpener:
    lookup = Lookup(PRINTER.host, PRINTER.port, ask=server.ask, seconds=HASTE_SECONDS)
    return TcpOpener(PRINTER, lookup)


async def test_name_that_is_found_late_is_asked_for_once_and_used_when_it_is_known(
    listener: socket.socket,
) -> None:
    server = NameServer(place(listener))
    tcp = opener(server)
    for _ in range(3):
        with pytest.raises(LostError, match=r"the name printer\.store can't be looked up") as lost:
            await tcp.open()
        assert "getent hosts printer.store" in lost.value.remedy
    assert server.asked == 1
    server.let.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        link = await _opened_at_last(tcp)
    assert server.asked == 1
    await link.close()


async def test_name_is_asked_for_anew_with_each_connection(listener: socket.socket) -> None:
    server = NameServer(place(listener))
    server.let.set()
    tcp = TcpOpener(PRINTER, Lookup(PRINTER.host, PRINTER.port, ask=server.ask))
    for _ in range(2):
        await (await tcp.open()).close()
    assert server.asked == 2


async def test_name_that_nobody_knows_is_told() -> None:
    server = NameServer()
    server.let.set()
    tcp = TcpOpener(PRINTER, Lookup(PRINTER.host, PRINTER.port, ask=server.ask))
    with pytest.raises(LostError, match=r"the name printer\.store is not known here"):
        await tcp.open()


async def test_silent_name_server_holds_up_neither_the_pool_nor_the_end() -> None:
    server = NameServer()

    async def try_and_end() -> None:
        with pytest.raises(LostError):
            await opener(server).open()

    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.to_thread(asyncio.run, try_and_end())
    assert server.asked == 1
    assert not server.let.is_set()
    server.let.set()


async def test_second_place_of_a_host_is_tried_while_the_first_is_silent(
    deaf: socket.socket, listener: socket.socket
) -> None:
    server = NameServer(place(deaf), place(listener))
    server.let.set()
    lookup = Lookup(PRINTER.host, PRINTER.port, ask=server.ask)
    async with asyncio.timeout(PATIENCE_SECONDS):
        link = await TcpOpener(PRINTER, lookup, seconds=2.0).open()
    await link.close()


async def test_host_that_never_refuses_is_told(deaf: socket.socket) -> None:
    port = deaf.getsockname()[1]
    with pytest.raises(LostError, match=f"{LOOPBACK}:{port} does not answer") as lost:
        await TcpOpener(TcpAddress(host=LOOPBACK, port=port), seconds=HASTE_SECONDS).open()
    assert f"ping -c 3 {LOOPBACK}" in lost.value.remedy


async def _opened_at_last(tcp: TcpOpener) -> Link:
    while True:
        try:
            return await tcp.open()
        except LostError:
            await asyncio.sleep(0)
