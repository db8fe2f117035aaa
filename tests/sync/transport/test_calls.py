"""Calls over several ways, through real sockets: what is lost on one goes by another, once."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from agent.base.clock import SystemClock
from sync.client import HqClient
from sync.errors import TransportFailedError
from sync.protocol.claims import ClaimOrder
from sync.protocol.identity import NOBODY
from sync.transport.request import Timeouts
from sync.transport.ways import WayState
from tests.lab.line import Line, LineCut
from tests.lab.ports import LOOPBACK, free_port
from tests.lab.until import until
from tests.sync.factories import make_client, make_uploader
from tests.sync.faults import lost_answer
from tests.sync.memory import MemoryOutbox
from tests.sync.toy_hq import Honest, ToyHq
from tests.sync.virtual_time import VirtualTime

ORDER = ClaimOrder(claim_id="c1", coupon_ids=("k1",))
BUDGET_MS = 1_500
QUICK = Timeouts(connect_ms=500, total_ms=3_000, return_ms=200)


@asynccontextmanager
async def two_ways(
    hq: ToyHq, *, probing: bool, timeouts: Timeouts = QUICK
) -> AsyncIterator[tuple[HqClient, Line]]:
    """A client with two ways to `hq`, of which the first can be cut."""
    url = await hq.start()
    line = Line(LOOPBACK, int(url.rpartition(":")[2]))
    host, port = await line.start()
    client = make_client(f"http://{host}:{port}", url, time=SystemClock(), timeouts=timeouts)
    await client.start(probing=probing)
    try:
        yield client, line
    finally:
        await client.stop()
        await line.stop()


async def seen(what: str, happened: Callable[[], bool]) -> None:
    async def look() -> bool:
        return happened()

    await until(what, look, timeout_s=30)


def states(client: HqClient) -> list[WayState]:
    return [one.state for one in client.ways.status()]


async def test_a_batch_whose_answer_is_lost_goes_by_the_other_way_and_counts_once(
    hq: ToyHq, outbox: MemoryOutbox, time: VirtualTime
) -> None:
    under_way, most = 0, 0

    async def lost(request: web.Request, honest: Honest) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        try:
            return await lost_answer(request, honest)
        finally:
            under_way -= 1

    hq.misbehave("events", lost)
    async with two_ways(hq, probing=False) as (client, _):
        uploader = make_uploader(outbox, client, time)
        await uploader.start()
        await seen("all is sent", lambda: len(hq.lines) == len(outbox.lines))
        await uploader.stop()
    assert hq.batch_sizes[:2] == [4, 4]
    assert len(hq.hellos) == 1
    assert most == 1
    assert hq.lines == outbox.lines


async def test_a_claim_does_not_wait_for_a_silent_way_and_that_is_given_up(hq: ToyHq) -> None:
    async with two_ways(hq, probing=True) as (client, line):
        await client.changes("")
        await line.cut(LineCut.DROP)
        began = asyncio.get_running_loop().time()
        await client.claim(ORDER, NOBODY, within_ms=BUDGET_MS)
        assert asyncio.get_running_loop().time() - began < BUDGET_MS / 1000
        assert client.link.online
        await seen(
            "the silent way is given up",
            lambda: states(client) == [WayState.FAILING, WayState.IN_USE],
        )
        began = asyncio.get_running_loop().time()
        await client.claim(ORDER, NOBODY, within_ms=BUDGET_MS)
        assert asyncio.get_running_loop().time() - began < BUDGET_MS / 3 / 1000


async def test_control_a_claim_with_one_way_takes_all_its_time(hq: ToyHq) -> None:
    line = Line(LOOPBACK, int((await hq.start()).rpartition(":")[2]))
    host, port = await line.start()
    client = make_client(f"http://{host}:{port}", time=SystemClock())
    await client.start()
    await line.cut(LineCut.DROP)
    began = asyncio.get_running_loop().time()
    with pytest.raises(TransportFailedError):
        await client.claim(ORDER, NOBODY, within_ms=300)
    assert asyncio.get_running_loop().time() - began >= 0.3
    await client.stop()
    await line.stop()


async def test_a_log_in_page_is_not_hqs_word_and_its_way_is_given_up_at_once(hq: ToyHq) -> None:
    portal = web.Application()

    async def log_in(request: web.Request) -> web.Response:
        return web.Response(body=b"<html>log in</html>", content_type="text/html")

    portal.router.add_route("*", "/{path:.*}", log_in)
    runner = web.AppRunner(portal)
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, 0).start()
    client = make_client(
        f"http://{LOOPBACK}:{runner.addresses[0][1]}", await hq.start(), time=SystemClock()
    )
    await client.start()
    await client.changes("")
    assert states(client) == [WayState.FAILING, WayState.IN_USE]
    assert client.ways.status()[0].last_error == "not_hq"
    assert client.link.online
    await client.stop()
    await runner.cleanup()


async def test_the_better_way_is_used_again_and_the_stream_moves_there(hq: ToyHq) -> None:
    async with two_ways(hq, probing=True) as (client, line):
        await line.cut(LineCut.REFUSE)
        await client.changes("")
        assert states(client) == [WayState.FAILING, WayState.IN_USE]
        async with aclosing(client.wake(NOBODY)) as stream:
            assert await anext(stream)
            before = line.counts.bytes_to_target
            await line.mend()
            async for _ in stream:  # ends by itself, though nobody cut it
                pass
        assert states(client) == [WayState.IN_USE, WayState.READY]
        async with aclosing(client.wake(NOBODY)) as stream:
            assert await anext(stream)
        assert line.counts.bytes_to_target > before


async def test_a_way_over_an_interface_that_is_not_there_is_passed_over(
    hq: ToyHq, time: VirtualTime
) -> None:
    client = make_client(await hq.start(), time=time, interfaces=("wwan9", "lo"))
    await client.start()
    await client.changes("")
    await client.changes("")
    first, second = client.ways.status()
    assert (first.state, first.last_error) == (WayState.FAILING, "not_reached")
    assert (second.state, second.way.interface) == (WayState.IN_USE, "lo")
    assert len(hq.requests) == 2
    await client.stop()


def test_an_interface_is_chosen_without_any_capability() -> None:
    """As the unit runs the agent: an ordinary user, nothing in the bounding set."""
    program = (
        "import os, socket; from sync.transport.connections import bind_to_interface;"
        "os.geteuid() or os.setresuid(65534, 65534, 65534);"
        "s = socket.socket(); bind_to_interface(s, 'lo');"
        "print(s.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("b'lo"), done.stderr


Found = list[tuple[Any, ...]]


def answered_with(*hosts: str) -> Callable[..., Found]:
    """What `socket.getaddrinfo` finds of any name."""

    def found(host: str, port: int, *_: object, **__: object) -> Found:
        kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [(*kind, (one, port)) for one in hosts]

    return found


async def test_one_dead_address_of_a_name_does_not_hide_the_next(
    hq: ToyHq, time: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = (await hq.start()).rpartition(":")[2]
    monkeypatch.setattr(socket, "getaddrinfo", answered_with("127.0.0.77", LOOPBACK))
    client = make_client(f"http://hq.example.com:{port}", time=time)
    await client.start()
    await client.changes("")
    await client.stop()


async def test_a_name_that_is_found_no_more_keeps_its_address(
    hq: ToyHq, time: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server of names is often behind the line that is down."""
    port = (await hq.start()).rpartition(":")[2]
    monkeypatch.setattr(socket, "getaddrinfo", answered_with(LOOPBACK))
    client = make_client(f"http://hq.example.com:{port}", time=time)
    await client.start()
    await client.changes("")

    def gone(*_: object, **__: object) -> Found:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", gone)
    await client._calls._probe(client.ways.all[0])  # over a new connection
    await client.stop()
    unknown = make_client(f"http://hq.example.com:{free_port()}", time=time)
    await unknown.start()
    with pytest.raises(TransportFailedError):
        await unknown.changes("")
    await unknown.stop()
