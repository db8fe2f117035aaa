"""What a display of eight digits keeps: drivers.ports.FigureDisplay, held by a serial line."""

import asyncio
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from agent.base.clock import SystemClock
from drivers.display.led8 import Led
from drivers.display.led8 import show as bytes_of
from drivers.errors import AddressError
from drivers.make import make_figure_display
from drivers.ports import DeviceState, Figure, FigureDisplay, Lamp
from drivers.virtual.eight_digits import VirtualEightDigits
from tests.conformance.haste import nap
from tests.conformance.witness import PATIENCE_SECONDS, Witness

CONNECTED, DISCONNECTED = DeviceState.CONNECTED, DeviceState.DISCONNECTED
REFRESH_S = 0.05


@pytest.fixture(params=["led8", "led8n"])
def led(request: pytest.FixtureRequest) -> Led:
    chosen: Led = request.param
    return chosen


@pytest.fixture
async def hardware(tmp_path: Path, led: Led) -> AsyncIterator[VirtualEightDigits]:
    made = VirtualEightDigits(is_led8n=led == "led8n")
    async with made.running(tmp_path / "display") as display:
        yield display


@pytest.fixture
def witness() -> Witness:
    return Witness()


@asynccontextmanager
async def running(tmp_path: Path, witness: Witness, led: Led) -> AsyncIterator[FigureDisplay]:
    """The driver at work; it must still be at work in the end."""
    display = make_figure_display(
        "customer",
        f"serial:{tmp_path / 'display'}",
        led,
        on_status=witness.on_status,
        clock=SystemClock(),
        sleep=nap,
        refresh_s=REFRESH_S,
    )
    task = asyncio.create_task(display.run())
    try:
        yield display
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def shows(hardware: VirtualEightDigits, digits: str, *lamps: int) -> None:
    """Return when the customer reads that."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        await hardware.until(lambda: (hardware.digits, hardware.lamps) == (digits, lamps))
    assert hardware.unknown == []


@pytest.mark.parametrize(("lamp", "place"), [(Lamp.PRICE, 1), (Lamp.TOTAL, 2), (Lamp.CHANGE, 4)])
async def test_a_figure_is_shown_with_the_lamp_of_what_it_is(
    hardware: VirtualEightDigits,
    witness: Witness,
    tmp_path: Path,
    led: Led,
    lamp: Lamp,
    place: int,
) -> None:
    async with running(tmp_path, witness, led) as display:
        display.show_figure(Figure(fen=14_080, lamp=lamp))
        await shows(hardware, "140.80", place)
        display.show_figure(Figure(fen=0))
        await shows(hardware, "0.00")
        display.show_figure(Figure())
        await shows(hardware, "")


async def test_a_figure_with_more_than_eight_digits_is_left_out_and_never_cut(
    hardware: VirtualEightDigits, witness: Witness, tmp_path: Path, led: Led
) -> None:
    async with running(tmp_path, witness, led) as display:
        display.show_figure(Figure(fen=99_999_999, lamp=Lamp.TOTAL))
        await shows(hardware, "999999.99", 2)
        display.show_figure(Figure(fen=100_000_000, lamp=Lamp.TOTAL))
        await shows(hardware, "")
        display.show_figure(Figure(fen=-9_999_999, lamp=Lamp.TOTAL))
        await shows(hardware, "-99999.99", 2)
        display.show_figure(Figure(fen=-10_000_000, lamp=Lamp.TOTAL))
        await shows(hardware, "")


async def test_one_that_was_switched_off_and_on_again_shows_the_last_figure_by_itself(
    hardware: VirtualEightDigits, witness: Witness, tmp_path: Path, led: Led
) -> None:
    async with running(tmp_path, witness, led) as display:
        display.show_figure(Figure(fen=1_280, lamp=Lamp.CHANGE))
        await shows(hardware, "12.80", 4)
        hardware.switch_off_and_on()
        await shows(hardware, "12.80", 4)
        hardware.unplug()
        await witness.state(DISCONNECTED)
        await hardware.replug()
        await shows(hardware, "12.80", 4)
    assert witness.states == [CONNECTED, DISCONNECTED, CONNECTED]


async def test_its_line_has_2400_baud_unless_the_address_says_more(
    hardware: VirtualEightDigits, witness: Witness, tmp_path: Path, led: Led
) -> None:
    async with running(tmp_path, witness, led) as display:
        display.show_figure(Figure(fen=100, lamp=Lamp.PRICE))
        await shows(hardware, "1.00", 1)
        with (tmp_path / "display").open("rb", buffering=0) as line:
            assert termios.tcgetattr(line)[4:6] == [termios.B2400, termios.B2400]


def test_the_bytes_are_those_of_the_handbooks() -> None:
    figure = Figure(fen=1_280, lamp=Lamp.CHANGE)
    assert bytes_of(figure, "led8") == b"\x1bQA12.80\r\x1bs4"
    assert bytes_of(figure, "led8n") == b"\x1bQA12.80\r\x02L0001"
    assert bytes_of(Figure(), "led8") == b"\x0c\x1bs0"
    assert bytes_of(Figure(), "led8n") == b"\x0c\x02L0000"


@pytest.mark.parametrize("address", ["usb:/dev/usb/lp0", "hid:/dev/input/event0", "acme:1", "x"])
def test_what_is_no_such_displays_address_is_refused(address: str, witness: Witness) -> None:
    with pytest.raises(AddressError):
        make_figure_display(
            "customer", address, "led8", on_status=witness.on_status, clock=SystemClock()
        )
