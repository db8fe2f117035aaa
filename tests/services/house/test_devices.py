"""The till's devices: what fails takes nothing else along; scans reach the page; all is told."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Never

import pytest
import structlog

from agent.base.clock import Millis
from agent.services.desk.news import News, Topic
from agent.services.house.devices import Devices, ScannedCode
from drivers.errors import AddressError, NotReadyError, UnsureError
from drivers.ports import DeviceState, DeviceStatus, PrintResult, Scanned
from tests.services.stopped_clock import StoppedClock

TIMEOUT_S = 5.0


class Gadget:
    """A device of any kind, as a third party might make it."""

    address = "other:x"

    def __init__(self, name: str = "printer", *, error: Exception | None = None) -> None:
        self.name = name
        self.status = DeviceStatus(state=DeviceState.CONNECTED, since=Millis(7))
        self.error = error
        self.opened = 0
        self.running = asyncio.Event()

    async def run(self) -> None:
        self.running.set()
        if self.error:
            raise self.error
        await asyncio.Event().wait()

    async def print(self, printout: object) -> PrintResult:
        return PrintResult.PRINTED

    def cut_off_remains(self) -> None:
        """Nothing is ever left in it."""

    async def open(self) -> None:
        if self.error:
            raise self.error
        self.opened += 1


@pytest.fixture
def news() -> News:
    return News()


@pytest.fixture
async def devices(news: News) -> AsyncIterator[Devices]:
    made = Devices(news=news, till="T1", clock=StoppedClock())
    yield made
    await made.stop()


def scan(code: str = "HQ1SECRET") -> Scanned:
    return Scanned(code=code, scanner="scanner", at_ns=1)


def wrong_address() -> Never:
    raise AddressError("no such thing; write tcp://HOST:PORT")


async def test_a_wrong_address_is_told_with_what_mends_it_and_the_others_run(
    devices: Devices,
) -> None:
    gadget = Gadget()
    devices.add_scanner("scanner", "nonsense", wrong_address)
    devices.add_printer("other:x", lambda: gadget)
    devices.start()
    await asyncio.wait_for(gadget.running.wait(), TIMEOUT_S)
    states = {entry.name: entry for entry in devices.report()}
    assert states["printer"].state is DeviceState.CONNECTED
    assert states["scanner"].state is DeviceState.DISCONNECTED
    assert "tcp://HOST:PORT" in states["scanner"].detail
    assert "settings" in states["scanner"].remedy


async def test_a_driver_that_breaks_its_promise_is_told_and_takes_nothing_along(
    devices: Devices, news: News
) -> None:
    good = Gadget()
    with news.listen(Topic.DEVICES) as items:
        devices.add_scanner(
            "scanner", "other:x", lambda: Gadget("scanner", error=RuntimeError("oops"))
        )
        devices.add_printer("other:x", lambda: good)
        devices.start()
        await asyncio.wait_for(anext(items), TIMEOUT_S)
    states = {entry.name: entry for entry in devices.report()}
    assert "oops" in states["scanner"].detail
    assert states["scanner"].state is DeviceState.DISCONNECTED
    assert states["printer"].state is DeviceState.CONNECTED


async def test_a_scan_reaches_whoever_shows_the_till(devices: Devices, news: News) -> None:
    with news.listen(Topic.SCAN) as items:
        devices.scanned(scan("6901234567892"))
        item = await asyncio.wait_for(anext(items), TIMEOUT_S)
    assert item.till == "T1"
    assert item.facts == ScannedCode(code="6901234567892", scanner="scanner")


async def test_scans_that_nobody_hears_are_told_once_and_never_with_their_code(
    devices: Devices, news: News
) -> None:
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            devices.scanned(scan())
        with news.listen(Topic.SCAN):
            devices.scanned(scan())
        devices.scanned(scan())
    assert [entry["event"] for entry in logs] == ["scan_dropped", "scan_dropped"]
    assert "HQ1SECRET" not in str(logs)


async def test_who_listens_to_something_else_does_not_hear_a_scan(
    devices: Devices, news: News
) -> None:
    with news.listen(Topic.BASKET), structlog.testing.capture_logs() as logs:
        devices.scanned(scan())
    assert len(logs) == 1


@pytest.mark.parametrize("error", [NotReadyError("it is off"), UnsureError("it went away")])
async def test_a_drawer_that_does_not_open_is_told_until_it_does(
    devices: Devices, news: News, error: Exception
) -> None:
    gadget = Gadget()
    devices.add_printer("other:x", lambda: gadget)
    gadget.error = error
    with news.listen(Topic.DEVICES) as items:
        assert await devices.drawer.open("T1") == str(error)
        await asyncio.wait_for(anext(items), TIMEOUT_S)
        assert _drawer(devices)["detail"] == str(error)
        gadget.error = None
        assert await devices.drawer.open("T1") == ""
        await asyncio.wait_for(anext(items), TIMEOUT_S)
    assert (_drawer(devices)["detail"], gadget.opened) == ("", 1)


async def test_a_drawer_that_hangs_is_given_up(
    devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.services.cash.drawer.OPEN_TIMEOUT_S", 0.01)
    gadget = Gadget()
    monkeypatch.setattr(gadget, "open", asyncio.Event().wait)
    devices.add_printer("other:x", lambda: gadget)
    assert "did not take the pulse" in await devices.drawer.open("T1")


async def test_without_a_printer_there_is_no_drawer_to_open(devices: Devices) -> None:
    assert "no printer" in await devices.drawer.open("T1")
    assert devices.report() == ()


def _drawer(devices: Devices) -> dict[str, Any]:
    entry = next(entry for entry in devices.report() if entry.kind == "drawer")
    return {name: getattr(entry, name) for name in entry.__struct_fields__}


@pytest.mark.parametrize(
    ("state", "asked"),
    [
        (DeviceState.CONNECTING, False),
        (DeviceState.CONNECTED, True),
        (DeviceState.DEGRADED, True),
        (DeviceState.DISCONNECTED, False),
        (DeviceState.UNKNOWN, False),
    ],
)
async def test_a_printer_that_would_not_answer_is_not_asked_to_print(
    devices: Devices, state: DeviceState, asked: bool
) -> None:
    gadget = Gadget()
    gadget.status = DeviceStatus(state=state, since=Millis(7))
    devices.add_printer("other:x", lambda: gadget)
    assert devices.is_reachable() is asked
