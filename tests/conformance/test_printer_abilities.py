"""What a printer can't do is found out once, told, and holds nothing up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import structs

from agent.domain.printing.printout import Printout, Text
from drivers.errors import NotReadyError, UnsureError
from drivers.ports import DeviceState, Fault, PrintResult, ReceiptPrinter
from drivers.printer.options import PrinterOptions
from drivers.virtual.ports import LOOPBACK
from drivers.virtual.printer_condition import Lack
from tests.conformance.haste import HASTY, PATIENCE
from tests.conformance.printer_rigs import AnsweringRig, SerialRig, TcpRig, running
from tests.conformance.witness import Witness
from tests.drivers.printer.paper import RECEIPT, TOKEN

CONNECTED, UNKNOWN = DeviceState.CONNECTED, DeviceState.UNKNOWN
SLOW_MS = 300
LISTENS = PrinterOptions(answers=False)


@asynccontextmanager
async def printer_that_lacks(
    rig_type: Callable[..., AnsweringRig],
    directory: Path,
    *lacks: Lack,
    options: PrinterOptions | None = None,
    hasty: bool = True,
) -> AsyncIterator[tuple[AnsweringRig, ReceiptPrinter, Witness]]:
    """A printer at work that lacks that, connected."""
    rig, witness = rig_type(directory, lacks), Witness()
    rig.options = options or rig.options
    rig.patience = HASTY if hasty else PATIENCE
    async with rig.hardware.running(rig.port), running(rig, witness) as printer:
        await witness.state(CONNECTED)
        yield rig, printer, witness


rigs = pytest.mark.parametrize("rig_type", [TcpRig, SerialRig])


@rigs
async def test_one_that_never_confirms_holds_no_receipt_and_no_drawer(
    rig_type: type[AnsweringRig], tmp_path: Path
) -> None:
    lacking = printer_that_lacks(rig_type, tmp_path, Lack.CONFIRMATION)
    async with lacking as (rig, printer, witness):
        assert "never answers GS r" in printer.status.found
        for _ in range(2):
            assert await printer.print(RECEIPT) is PrintResult.SENT
        await printer.open()
        assert await rig.kicks(1) == [2]
        rig.hardware.run_out_of_paper()
        assert (await witness.state(DeviceState.DEGRADED)).faults == (Fault.PAPER_OUT,)
        with pytest.raises(NotReadyError):
            await printer.print(RECEIPT)
    assert [receipt.codes for receipt in await rig.receipts()] == [(TOKEN,)] * 2


async def test_one_that_confirms_is_told_as_that(tmp_path: Path) -> None:
    async with printer_that_lacks(TcpRig, tmp_path, hasty=False) as (_, printer, _):
        assert printer.status.found.endswith("it confirms what it printed")
        assert await printer.print(RECEIPT) is PrintResult.PRINTED


@rigs
@pytest.mark.parametrize("also", [(), (Lack.CONFIRMATION,)])
async def test_one_that_answers_only_whether_it_is_ready_prints(
    rig_type: type[AnsweringRig], tmp_path: Path, also: tuple[Lack, ...]
) -> None:
    async with printer_that_lacks(rig_type, tmp_path, Lack.CAUSES, *also) as (rig, printer, _):
        assert "it tells whether it is ready;" in printer.status.found
        result = PrintResult.SENT if also else PrintResult.PRINTED
        assert await printer.print(RECEIPT) is result
        rig.hardware.open_cover()
        with pytest.raises(NotReadyError, match="offline"):
            await printer.print(RECEIPT)


async def test_what_it_can_is_found_out_also_when_it_was_without_paper_at_first(
    tmp_path: Path,
) -> None:
    rig, witness = TcpRig(tmp_path), Witness()
    rig.hardware.run_out_of_paper()
    async with rig.hardware.running(rig.port), running(rig, witness) as printer:
        assert (await witness.state(DeviceState.DEGRADED)).found == ""
        rig.hardware.load_paper()
        assert "it confirms" in (await witness.state(CONNECTED)).found
        assert await printer.print(RECEIPT) is PrintResult.PRINTED


async def test_another_printer_at_the_same_place_is_found_out_anew(tmp_path: Path) -> None:
    async with printer_that_lacks(SerialRig, tmp_path) as (rig, printer, witness):
        assert await printer.print(RECEIPT) is PrintResult.PRINTED
        await rig.unplug()
        await witness.state(DeviceState.DISCONNECTED)
        rig.hardware.lacks = frozenset({Lack.CONFIRMATION})
        await rig.plug()
        await witness.state(CONNECTED)
        assert await printer.print(RECEIPT) is PrintResult.SENT


@rigs
@pytest.mark.parametrize("pins", [(2,), (2, 5)])
async def test_the_drawer_opens_while_a_receipt_is_printed_slowly(
    rig_type: type[AnsweringRig], tmp_path: Path, pins: tuple[int, ...]
) -> None:
    options = PrinterOptions(second_drawer=len(pins) > 1, drawer_pulse_ms=20)
    at_work = printer_that_lacks(rig_type, tmp_path, options=options, hasty=False)
    async with at_work as (rig, printer, _):
        rig.hardware.slow_down(SLOW_MS)
        job = asyncio.create_task(printer.print(RECEIPT))
        await rig.until(lambda: rig.hardware.printing is not None)
        await printer.open()
        assert tuple(await rig.kicks(len(pins))) == pins
        assert not job.done()
        rig.hardware.slow_down(0)
        assert await job is PrintResult.PRINTED
    assert len(rig.hardware.openings) == len(pins)


async def test_two_drawers_open_together(tmp_path: Path) -> None:
    options = PrinterOptions(drawer_pin=5, second_drawer=True, drawer_pulse_ms=200)
    async with printer_that_lacks(TcpRig, tmp_path, options=options) as (rig, printer, _):
        await printer.open()
        assert await rig.kicks(2) == [2, 5]
        assert [opening.pulse_ms for opening in rig.hardware.openings] == [200, 200]


async def test_one_that_only_listens_is_sent_all(tmp_path: Path) -> None:
    lacks = (Lack.STATUS, Lack.CONFIRMATION, Lack.PULSE)
    async with printer_that_lacks(TcpRig, tmp_path, *lacks, options=LISTENS) as (rig, printer, _):
        assert "not asked" in printer.status.found
        assert await printer.print(RECEIPT) is PrintResult.SENT
        await rig.until(lambda: len(rig.hardware.receipts) == 1)
        await printer.open()
        assert await rig.kicks(1) == [2]


async def test_one_that_only_listens_takes_the_next_job_at_once(tmp_path: Path) -> None:
    """Long before it would be looked at again, and while the connection is still being closed."""
    rig, witness = TcpRig(tmp_path, (Lack.STATUS, Lack.CONFIRMATION)), Witness()
    rig.options, rig.patience = LISTENS, structs.replace(PATIENCE, look=600.0)
    async with rig.hardware.running(rig.port), running(rig, witness) as printer:
        await witness.state(CONNECTED)
        for _ in range(3):
            assert await printer.print(RECEIPT) is PrintResult.SENT
            await printer.open()
        assert await rig.kicks(3) == [2, 2, 2]


async def test_what_another_computer_keeps_from_reading_is_not_sent(tmp_path: Path) -> None:
    """The system of the printer takes the connection, and its program does not read from it."""
    async with printer_that_lacks(TcpRig, tmp_path, options=LISTENS) as (rig, printer, witness):
        _, other = await asyncio.open_connection(LOOPBACK, int(rig.address.rpartition(":")[2]))
        told = await witness.state(UNKNOWN)
        assert "does not read" in told.detail
        assert "closes = false" in told.remedy
        with pytest.raises(NotReadyError):
            await printer.print(RECEIPT)
        with pytest.raises(NotReadyError):
            await printer.open()
        other.close()
        await witness.state(CONNECTED)
        assert await printer.print(RECEIPT) is PrintResult.SENT
        await rig.until(lambda: len(rig.hardware.receipts) == 1)


async def test_what_is_taken_and_never_read_amid_a_job_is_unsure(tmp_path: Path) -> None:
    options = structs.replace(LISTENS, drawer_pin=5)
    async with printer_that_lacks(TcpRig, tmp_path, options=options) as (rig, printer, _):
        rig.hardware.lacks = frozenset({Lack.END})
        with pytest.raises(UnsureError, match="did not say that it has read it"):
            await printer.print(RECEIPT)


async def test_one_that_never_closes_a_connection_is_believed_when_told_so(tmp_path: Path) -> None:
    options = structs.replace(LISTENS, closes=False)
    lacking = printer_that_lacks(TcpRig, tmp_path, Lack.END, options=options)
    async with lacking as (rig, printer, _):
        assert await printer.print(RECEIPT) is PrintResult.SENT
        await rig.until(lambda: len(rig.hardware.receipts) == 1)


@pytest.mark.parametrize("options", [PrinterOptions(), LISTENS])
async def test_a_printer_is_shared_by_two_tills(tmp_path: Path, options: PrinterOptions) -> None:
    async with printer_that_lacks(TcpRig, tmp_path, options=options, hasty=False) as first:
        rig, one, _ = first
        witness = Witness()
        async with running(rig, witness) as other:
            await witness.state(CONNECTED)
            names = [f"第{number}张" for number in range(6)]
            pages = [Printout(elements=(Text(text=name),) * 5) for name in names]
            printers = [one, other] * 3
            jobs = [printer.print(page) for printer, page in zip(printers, pages, strict=True)]
            await asyncio.gather(*jobs)
            await rig.until(lambda: len(rig.hardware.receipts) == len(names))
            assert witness.states == [CONNECTED]
    texts = {receipt.text for receipt in await rig.receipts()}
    assert texts == {"\n".join([name] * 5) for name in names}


async def test_a_printer_is_let_go_while_nobody_prints(tmp_path: Path) -> None:
    async with printer_that_lacks(TcpRig, tmp_path, hasty=False) as (rig, printer, witness):
        await printer.print(RECEIPT)
        await rig.until(lambda: rig.hardware.connections == 0)
        assert printer.status.state is CONNECTED
        rig.hardware.run_out_of_paper()
        await witness.state(DeviceState.DEGRADED)  # it is looked at all the same


@pytest.mark.parametrize("options", [PrinterOptions(), LISTENS])
async def test_a_job_that_breaks_off_is_told_at_once_however_patient_one_is_with_other_computers(
    tmp_path: Path, options: PrinterOptions
) -> None:
    rig, witness = TcpRig(tmp_path), Witness()
    rig.options, rig.patience = options, structs.replace(PATIENCE, busy=3600.0)
    async with rig.hardware.running(rig.port), running(rig, witness) as printer:
        await witness.state(CONNECTED)
        await rig.until(lambda: rig.hardware.connections == 0)
        rig.hardware.vanish(after_bytes=600)
        with pytest.raises(UnsureError):
            await printer.print(RECEIPT)
        await witness.state(DeviceState.DISCONNECTED)
