"""Displays that hang on the receipt printer show what they are told; nothing of it is printed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from agent.base.clock import SystemClock
from agent.domain.printing.printout import Printout, Text
from drivers.display.options import DisplayOptions
from drivers.make import make_display, make_figure_display, make_printer
from drivers.ports import DeviceState, Figure, Lamp, PassesOn, ReceiptPrinter
from drivers.printer.options import PrinterOptions
from drivers.virtual.behind_printer import WithDisplay
from drivers.virtual.display import VirtualDisplay
from drivers.virtual.eight_digits import VirtualEightDigits
from drivers.virtual.glass import Glass
from drivers.virtual.ports import TcpPort
from drivers.virtual.printer_device import VirtualPrinter
from tests.conformance.haste import PATIENCE, nap
from tests.conformance.witness import PATIENCE_SECONDS, Witness

CONNECTED, DISCONNECTED = DeviceState.CONNECTED, DeviceState.DISCONNECTED
RECEIPT = Printout(elements=(Text(text="小票 MB001-T1-000001"),))


@pytest.fixture
def witness() -> Witness:
    """Of the display."""
    return Witness()


@pytest.fixture
def glass() -> VirtualDisplay:
    return VirtualDisplay()


@pytest.fixture
async def hardware() -> AsyncIterator[VirtualPrinter]:
    async with VirtualPrinter(clock=SystemClock()).running() as printer:
        yield printer


async def printer_with(hardware: VirtualPrinter, glass: Glass) -> tuple[ReceiptPrinter, Witness]:
    """The printer's driver, not yet running, and the witness of how it stands."""
    port = TcpPort(WithDisplay(hardware, glass))
    await hardware.attach(port)
    witness = Witness()
    printer = make_printer(
        "printer",
        port.address,
        PrinterOptions(),
        on_status=witness.on_status,
        clock=SystemClock(),
        sleep=nap,
        patience=PATIENCE,
    )
    return printer, witness


@asynccontextmanager
async def running(*runs: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(run()) for run in runs]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def hanging_on(printer: ReceiptPrinter) -> PassesOn:
    assert isinstance(printer, PassesOn)
    return printer


async def until(glass: Glass, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await glass.until(holds)


async def test_it_shows_between_receipts_of_which_nothing_is_lost(
    hardware: VirtualPrinter, glass: VirtualDisplay, witness: Witness
) -> None:
    printer, _ = await printer_with(hardware, glass)
    display = make_display(
        "display",
        "printer:",
        DisplayOptions(),
        on_status=witness.on_status,
        clock=SystemClock(),
        printer=hanging_on(printer),
        sleep=nap,
    )
    async with running(printer.run, display.run):
        await witness.state(CONNECTED)
        for number in range(3):
            display.show("合计", f"￥{number}.00")
            await printer.print(RECEIPT)
            await until(glass, lambda: glass.lines == ("合计", f"￥{number}.00"))  # noqa: B023  # awaited at once
    assert [receipt.text.count("MB001-T1-000001") for receipt in hardware.receipts] == [1, 1, 1]
    assert hardware.unknown == glass.unknown == []


async def test_it_is_lost_and_found_with_its_printer_and_shows_the_last_text(
    hardware: VirtualPrinter, glass: VirtualDisplay, witness: Witness
) -> None:
    printer, _ = await printer_with(hardware, glass)
    display = make_display(
        "display",
        "printer:",
        DisplayOptions(),
        on_status=witness.on_status,
        clock=SystemClock(),
        printer=hanging_on(printer),
        sleep=nap,
        refresh_s=0.02,
    )
    async with running(printer.run, display.run):
        display.show("应收", "￥140.80")
        await until(glass, lambda: glass.lines == ("应收", "￥140.80"))
        hardware.vanish()
        lost = await witness.state(DISCONNECTED)
        assert "hangs on the printer" in lost.detail
        glass.switch_off_and_on()
        await hardware.come_back()
        await until(glass, lambda: glass.lines == ("应收", "￥140.80"))


async def test_eight_digits_may_hang_there_too(hardware: VirtualPrinter, witness: Witness) -> None:
    digits = VirtualEightDigits()
    printer, _ = await printer_with(hardware, digits)
    display = make_figure_display(
        "display",
        "printer:",
        "led8",
        on_status=witness.on_status,
        clock=SystemClock(),
        printer=hanging_on(printer),
        sleep=nap,
    )
    async with running(printer.run, display.run):
        display.show_figure(Figure(fen=1_280, lamp=Lamp.TOTAL))
        await until(digits, lambda: (digits.digits, digits.lamps) == ("12.80", (2,)))


async def test_a_receipt_is_printed_also_after_a_connection_broke_while_the_display_was_selected(
    hardware: VirtualPrinter, glass: VirtualDisplay
) -> None:
    device = WithDisplay(hardware, glass)
    port = TcpPort(device)
    await hardware.attach(port)
    printer = make_printer(
        "printer",
        port.address,
        PrinterOptions(),
        on_status=(seen := Witness()).on_status,
        clock=SystemClock(),
        sleep=nap,
        patience=PATIENCE,
    )
    async with running(printer.run):
        await seen.state(CONNECTED)
        await hanging_on(printer).pass_on(b"\x0c")
        await printer.print(RECEIPT)
        device.selected = 2
        await printer.print(RECEIPT)
    assert len(hardware.receipts) == 2
