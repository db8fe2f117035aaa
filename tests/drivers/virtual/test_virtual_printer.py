"""The virtual printer: its bytes, its troubles and its page."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import NamedTuple

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import SystemClock
from drivers.virtual.ports import LOOPBACK, TcpPort
from drivers.virtual.printer_bytes import RealTime, Tokenizer
from drivers.virtual.printer_device import VirtualPrinter
from drivers.virtual.printer_page import make_page
from tests.conformance.witness import PATIENCE_SECONDS
from tests.drivers.printer.paper import Bench, receipt_bytes

cuts = st.lists(st.integers(0, 2_000), max_size=20)


class Cable(NamedTuple):
    """A connection to the virtual printer."""

    printer: VirtualPrinter
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> int:
        """The next byte that it says."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return (await self.reader.readexactly(1))[0]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return as soon as that holds of the printer."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.printer.until(holds)


@pytest.fixture
async def cable() -> AsyncIterator[Cable]:
    printer = VirtualPrinter(clock=SystemClock())
    async with printer.running(port := TcpPort(printer)):
        reader, writer = await asyncio.open_connection(LOOPBACK, port.port)
        yield Cable(printer, reader, writer)
        writer.close()


def split(data: bytes, places: list[int]) -> list[bytes]:
    """The data in parts, parted at the places."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(cuts)
def test_a_receipt_is_the_same_however_its_bytes_arrive(places: list[int]) -> None:
    whole, parted = Bench(), Bench()
    whole.feed(receipt_bytes())
    for part in split(receipt_bytes(), places):
        parted.feed(part)
    assert parted.receipts == whole.receipts
    assert len(whole.receipts) == 1
    assert parted.paper.unknown == []


@given(st.binary(max_size=300), cuts)
def test_any_bytes_are_taken_apart_the_same_however_they_arrive(
    data: bytes, places: list[int]
) -> None:
    data += b"\n"  # a run of text ends only with what is no text
    whole, parted = Bench(), Bench()
    whole.feed(data)
    for part in split(data, places):
        parted.feed(part)
    assert (parted.at_once, parted.others) == (whole.at_once, whole.others)
    assert (parted.paper, parted.receipts) == (whole.paper, whole.receipts)


@given(st.binary(max_size=300), cuts)
def test_no_byte_goes_unaccounted_for(data: bytes, places: list[int]) -> None:
    real_time, tokenizer = RealTime(), Tokenizer()
    passed = b""
    found = []
    for part in split(data, places):
        at_once, rest = real_time.feed(part)
        found += at_once
        passed += rest
        tokenizer.feed(rest)
    assert len(passed) + sum(map(len, found)) <= len(data)
    assert len(data) - len(passed) - sum(map(len, found)) < 5  # a command that has only begun


@pytest.mark.parametrize(
    "data",
    [b"\x07", b"\x1b*", b"\x1dZ", b"\x1cq", b"\x7f", b"\x1bt\x05", b"\x1d!\x88", b"\x1d(A\0\0"],
)
def test_what_it_does_not_know_is_kept_apart(data: bytes) -> None:
    bench = Bench()
    bench.feed(data + b"ok\n")
    assert bench.paper.unknown


async def test_real_time_requests_are_answered_amid_data(cable: Cable) -> None:
    cable.printer.run_out_of_paper()
    cable.writer.write(b"held ba\x10\x04\x04ck\n\x1dVB\x00")
    assert await cable.answer() == 0x7E
    assert not cable.printer.receipts
    cable.printer.load_paper()
    await cable.until(lambda: bool(cable.printer.receipts))
    assert cable.printer.receipts[0].text == "held back"
    assert cable.printer.unknown == []


async def test_a_confirmation_is_given_in_its_turn(cable: Cable) -> None:
    cable.printer.open_cover()
    cable.writer.write(b"first\n\x1dVB\x00\x1dr\x01\x10\x04\x02")
    assert await cable.answer() == 0x16
    cable.printer.close_cover()
    assert await cable.answer() == 0x00
    assert cable.printer.receipts[0].text == "first"


@pytest.mark.parametrize(
    ("trouble", "answers"),
    [
        ("load_paper", [0x12, 0x12, 0x12, 0x12]),
        ("use_up_paper", [0x12, 0x12, 0x12, 0x1E]),
        ("run_out_of_paper", [0x1A, 0x32, 0x12, 0x7E]),
        ("open_cover", [0x1A, 0x16, 0x12, 0x12]),
        ("jam_cutter", [0x1A, 0x52, 0x1A, 0x12]),
    ],
)
async def test_each_trouble_is_told_as_epson_has_it(
    cable: Cable, trouble: str, answers: list[int]
) -> None:
    getattr(cable.printer, trouble)()
    cable.writer.write(b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04")
    assert list(await cable.reader.readexactly(4)) == answers


async def test_drawers_open_in_turn_and_at_once(cable: Cable) -> None:
    cable.writer.write(b"\x1bp\x0022\x1bp\x0122\x10\x14\x01\x00\x01")
    await cable.until(lambda: len(cable.printer.openings) == 3)
    assert sorted(opening.pin for opening in cable.printer.openings) == [2, 2, 5]
    cable.writer.write(b"\x10\x04\x01")
    assert await cable.answer() == 0x16


async def test_what_it_printed_before_it_vanished_is_torn_off(cable: Cable) -> None:
    cable.writer.write(b"on paper\n")
    await cable.until(lambda: cable.printer.printing is not None)
    cable.printer.vanish(after_bytes=5)
    cable.writer.write(b"never on paper\n\x1dVB\x00")
    with pytest.raises(ConnectionResetError):  # an end in order would say that all was read
        await cable.reader.read()
    (torn,) = cable.printer.receipts
    assert (torn.text, torn.cut) == ("on paper", False)


async def test_what_it_was_amid_when_its_cable_was_pulled_it_goes_on_with(cable: Cable) -> None:
    cable.printer.vanish(after_bytes=20, keeps_power=True)
    cable.writer.write(b"on paper\n\x1d(k\x09\x001P0HQ1ABC")
    await cable.until(lambda: cable.printer.condition.gone)
    await cable.printer.come_back()
    _, writer = await asyncio.open_connection(*cable.writer.get_extra_info("peername"))
    writer.write(b"swallowed\n\x1dVB\x00")
    await cable.until(lambda: bool(cable.printer.receipts))
    writer.close()
    assert cable.printer.receipts[0].text.startswith("on paper\n")
    assert "swallowed" not in cable.printer.receipts[0].text


async def test_it_serves_one_connection_at_a_time(cable: Cable) -> None:
    cable.writer.write(b"first\n")
    await cable.until(lambda: cable.printer.printing is not None)
    reader, writer = await asyncio.open_connection(*cable.writer.get_extra_info("peername"))
    writer.write(b"second\n\x1dVB\x00\x10\x04\x01")
    cable.writer.write(b"\x1dVB\x00")
    await cable.until(lambda: bool(cable.printer.receipts))
    cable.writer.close()
    assert await reader.readexactly(1) == b"\x12"
    writer.close()
    assert [receipt.text for receipt in cable.printer.receipts] == ["first", "second"]


async def test_one_that_refuses_connections_keeps_the_one_it_has(cable: Cable) -> None:
    cable.printer.refuse_connections()
    cable.writer.write(b"\x10\x04\x01")
    assert await cable.answer() == 0x12
    peer = cable.writer.get_extra_info("peername")
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*peer)
    await cable.printer.come_back()
    _, writer = await asyncio.open_connection(*peer)
    writer.close()


@pytest.fixture
async def page(cable: Cable) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async with TestClient(TestServer(make_page(cable.printer))) as client:
        yield client


async def test_the_page_shows_receipts_as_they_come_and_the_drawer(
    cable: Cable, page: TestClient[web.Request, web.Application]
) -> None:
    async with page.get("/news") as news:
        first = await news.content.readuntil(b"\n\n")
        assert b'"receipts":[]' in first
        cable.writer.write(receipt_bytes() + b"\x1bp\x0022")
        shown = b""
        while b'"drawer_open":true' not in shown or b'"cut":true' not in shown:
            shown = await news.content.readuntil(b"\n\n")
        assert "纯牛奶 250ml" in shown.decode()
    picture = await page.get("/receipts/1.svg")
    assert picture.content_type == "image/svg+xml"
    assert "￥140.80" in await picture.text()
    assert (await page.get("/receipts/2.svg")).status == 404


async def test_the_page_turns_knobs(
    cable: Cable, page: TestClient[web.Request, web.Application]
) -> None:
    assert (await page.post("/knobs", json={"knob": "run_out_of_paper"})).status == 204
    assert cable.printer.condition.paper_out
    assert (await page.post("/knobs", json={"knob": "load_paper"})).status == 204
    assert not cable.printer.condition.paper_out
    assert (await page.post("/knobs", json={"knob": "vanish"})).status == 204
    assert cable.printer.condition.gone
    assert (await page.post("/knobs", json={"knob": "come_back"})).status == 204
    assert not cable.printer.condition.gone


async def test_every_button_of_the_page_is_a_knob(
    cable: Cable, page: TestClient[web.Request, web.Application]
) -> None:
    html = await (await page.get("/")).text()
    knobs = [part.split('"')[0] for part in html.split('data-knob="')[1:]]
    assert len(knobs) > 10
    for knob in knobs:
        assert (await page.post("/knobs", json={"knob": knob})).status == 204, knob


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", b'{"knob": "vanish"}', 415),
        ("application/json", b'{"knob": "__init__"}', 422),
        ("application/json", b'{"knob": []}', 422),
        ("application/json", b"[", 422),
    ],
)
async def test_nothing_else_turns_a_knob(
    cable: Cable,
    page: TestClient[web.Request, web.Application],
    content_type: str,
    body: bytes,
    status: int,
) -> None:
    answer = await page.post("/knobs", data=body, headers={"Content-Type": content_type})
    assert answer.status == status
    assert not cable.printer.condition.gone


async def test_the_page_needs_nothing_from_outside(
    page: TestClient[web.Request, web.Application],
) -> None:
    for path in ("/", "/static/printer.css", "/static/printer.js"):
        answer = await page.get(path)
        assert answer.status == 200
        assert answer.headers["Content-Security-Policy"] == "default-src 'self'"
        assert "://" not in await answer.text()
    assert (await page.get("/favicon.ico")).status == 204
    assert (await page.get("/static/printer.html")).status == 404
    assert (await page.get("/static/..%2Fprinter.py")).status == 404


async def test_it_runs_by_itself_until_it_is_told_to_stop() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "drivers.virtual.printer", "--port", "0", "--web-port", "0"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    async with asyncio.timeout(PATIENCE_SECONDS):
        said = (await process.stdout.readline()).decode()
        port = int(said.split(",")[0].rpartition(":")[2])
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(b"\x10\x04\x01")
        assert await reader.readexactly(1) == b"\x12"
        writer.close()
        process.terminate()
        assert await process.wait() == 0
