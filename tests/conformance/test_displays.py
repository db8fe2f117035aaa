"""What a display of two lines keeps: drivers.ports.CustomerDisplay, held by a serial line."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from agent.base.clock import SystemClock
from drivers.display.options import DisplayKind, DisplayOptions
from drivers.errors import AddressError
from drivers.make import make_display
from drivers.ports import CustomerDisplay, DeviceState
from drivers.virtual.display import VirtualDisplay
from tests.conformance.haste import nap
from tests.conformance.witness import PATIENCE_SECONDS, Witness

CONNECTED, DISCONNECTED = DeviceState.CONNECTED, DeviceState.DISCONNECTED


@pytest.fixture
async def hardware(tmp_path: Path) -> AsyncIterator[VirtualDisplay]:
    async with VirtualDisplay().running(tmp_path / "display") as display:
        yield display


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture(params=["cd5220", "escpos"])
def kind(request: pytest.FixtureRequest) -> DisplayKind:
    chosen: DisplayKind = request.param
    return chosen


@asynccontextmanager
async def running(
    tmp_path: Path,
    witness: Witness,
    options: DisplayOptions | None = None,
    *,
    refresh_s: float | None = None,
) -> AsyncIterator[CustomerDisplay]:
    """The driver at work; it must still be at work in the end."""
    display = make_display(
        "customer",
        f"serial:{tmp_path / 'display'}",
        options or DisplayOptions(),
        on_status=witness.on_status,
        clock=SystemClock(),
        sleep=nap,
        refresh_s=refresh_s,
    )
    assert display.status.state is DeviceState.CONNECTING
    task = asyncio.create_task(display.run())
    try:
        yield display
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def shows(hardware: VirtualDisplay, upper: str, lower: str) -> None:
    """Return when the customer reads that."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        await hardware.until(lambda: hardware.lines == (upper, lower))
    assert hardware.unknown == []


async def test_two_lines_are_shown_and_replaced_wholly(
    hardware: VirtualDisplay, witness: Witness, tmp_path: Path, kind: DisplayKind
) -> None:
    async with running(tmp_path, witness, DisplayOptions(kind=kind)) as display:
        display.show("纯牛奶 250ml", "￥12.80")
        await shows(hardware, "纯牛奶 250ml", "￥12.80")
        display.show("Total", "1.00")
        await shows(hardware, "Total", "1.00")
        display.show("", "")
        await shows(hardware, "", "")
    assert witness.states == [CONNECTED]


async def test_what_is_too_wide_is_cut_at_a_whole_character(
    hardware: VirtualDisplay, witness: Witness, tmp_path: Path, kind: DisplayKind
) -> None:
    async with running(tmp_path, witness, DisplayOptions(kind=kind)) as display:
        display.show("x" + "牛" * 20, "1234567890" * 3)
        await shows(hardware, "x" + "牛" * 9, "1234567890" * 2)


async def test_the_last_text_is_shown_again_after_a_reconnection(
    hardware: VirtualDisplay, witness: Witness, tmp_path: Path
) -> None:
    async with running(tmp_path, witness) as display:
        display.show("before", "")
        await shows(hardware, "before", "")
        hardware.unplug()
        lost = await witness.state(DISCONNECTED)
        assert lost.detail
        assert lost.remedy
        display.show("never seen", "")
        display.show("应收", "￥140.80")
        await hardware.replug()
        await witness.state(CONNECTED)
        await shows(hardware, "应收", "￥140.80")
    assert witness.states == [CONNECTED, DISCONNECTED, CONNECTED]


async def test_one_that_was_switched_off_and_on_again_shows_the_last_text_by_itself(
    hardware: VirtualDisplay, witness: Witness, tmp_path: Path, kind: DisplayKind
) -> None:
    options = DisplayOptions(kind=kind)
    async with running(tmp_path, witness, options, refresh_s=0.05) as display:
        display.show("应收", "￥140.80")
        await shows(hardware, "应收", "￥140.80")
        hardware.switch_off_and_on()
        assert hardware.lines == ("", "")
        await shows(hardware, "应收", "￥140.80")
    assert witness.states == [CONNECTED]


async def test_a_file_is_not_filled_by_what_it_keeps_anyway(
    witness: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.make.REFRESH_S", 0.001)
    display = make_display(
        "customer",
        f"file:{tmp_path / 'shown'}",
        DisplayOptions(),
        on_status=witness.on_status,
        clock=SystemClock(),
    )
    task = asyncio.create_task(display.run())
    await witness.state(CONNECTED)
    await asyncio.sleep(0.05)  # fifty times of refreshing: what must not come, nothing tells of
    task.cancel()
    await asyncio.wait({task})
    assert (tmp_path / "shown").read_bytes().count(b"\x1bQA") == 1


async def test_what_a_gbk_font_lacks_is_shown_as_its_nearest_sign_and_never_as_four_bytes(
    hardware: VirtualDisplay, witness: Witness, tmp_path: Path, kind: DisplayKind
) -> None:
    async with running(tmp_path, witness, DisplayOptions(kind=kind)) as display:
        display.show("Señor 㐂 ½", "𠮷野家 Ł")
        await shows(hardware, "Senor 喜 1/2", "吉野家 L")


async def test_the_last_of_many_wins(
    hardware: VirtualDisplay, witness: Witness, tmp_path: Path
) -> None:
    async with running(tmp_path, witness) as display:
        for number in range(500):
            display.show(f"{number}", "")
        await shows(hardware, "499", "")


async def test_hostile_text_is_shown_as_text(
    hardware: VirtualDisplay, witness: Witness, tmp_path: Path
) -> None:
    async with running(tmp_path, witness) as display:
        display.show("\x1b@\x0c牛奶\r\x1bQB0.00\r", "\u202e08.21\u200b")
        await shows(hardware, "@ 牛奶 QB0.00", "08.21")


async def test_a_display_without_chinese_gets_ascii(
    hardware: VirtualDisplay, witness: Witness, tmp_path: Path
) -> None:
    async with running(tmp_path, witness, DisplayOptions(characters="ascii")) as display:
        display.show("牛奶ＡＢ", "￥12.80")
        await shows(hardware, "??AB", "Y12.80")


async def test_a_display_that_is_plugged_in_later_is_found(
    hardware: VirtualDisplay, witness: Witness, tmp_path: Path
) -> None:
    hardware.unplug()
    async with running(tmp_path, witness) as display:
        display.show("欢迎光临", "")
        await witness.state(DISCONNECTED)
        await hardware.replug()
        await shows(hardware, "欢迎光临", "")


@pytest.mark.parametrize("address", ["usb:/dev/usb/lp0", "hid:/dev/input/event0", "nothing"])
def test_what_is_no_displays_address_is_refused(address: str, witness: Witness) -> None:
    with pytest.raises(AddressError):
        make_display(
            "customer",
            address,
            DisplayOptions(),
            on_status=witness.on_status,
            clock=SystemClock(),
        )
