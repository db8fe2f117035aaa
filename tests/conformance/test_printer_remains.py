"""A printer that stays on keeps what it was amid; no receipt suffers from the one before it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import structs

from agent.domain.printing.printout import Printout, Text
from drivers.errors import UnsureError
from drivers.ports import DeviceState, PrintResult
from drivers.printer.options import PrinterOptions
from drivers.virtual.ports import LOOPBACK
from drivers.virtual.printer_paper import Receipt
from tests.conformance.printer_rigs import AnsweringRig, SerialRig, TcpRig, running
from tests.conformance.witness import PATIENCE_SECONDS, Witness
from tests.drivers.printer.paper import RECEIPT, printed, receipt_bytes

CONNECTED = DeviceState.CONNECTED
WHOLE = printed(receipt_bytes(RECEIPT, encoding=PrinterOptions().encoding))
LENGTH = len(receipt_bytes(RECEIPT, encoding=PrinterOptions().encoding))
QR_STARTS = receipt_bytes(RECEIPT, encoding=PrinterOptions().encoding).index(b"\x1d(k")


@pytest.fixture(params=[TcpRig, SerialRig])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnsweringRig]:
    made: AnsweringRig = request.param(tmp_path)
    async with made.hardware.running(made.port):
        yield made


async def broken_off(rig: AnsweringRig, *, after_bytes: int) -> None:
    """Have a receipt break off in the middle, by a cable that is pulled and plugged in again."""
    witness = Witness()
    async with running(rig, witness) as printer:
        await witness.state(CONNECTED)
        rig.hardware.vanish(after_bytes=after_bytes, keeps_power=True)
        with pytest.raises(UnsureError):
            await printer.print(RECEIPT)
        await rig.plug()
        await witness.state(CONNECTED)
        assert await printer.print(RECEIPT) is PrintResult.PRINTED


def is_whole(receipt: Receipt) -> bool:
    return receipt.cut and receipt.items == WHOLE.items


@pytest.mark.parametrize("after_bytes", [*range(130, LENGTH, 97), QR_STARTS + 130])
async def test_a_receipt_that_broke_off_leaves_the_next_one_whole(
    rig: AnsweringRig, after_bytes: int
) -> None:
    await broken_off(rig, after_bytes=after_bytes)
    *torn, last = rig.hardware.receipts  # half a command is one that it does not know
    assert is_whole(last)
    assert all(receipt.cut for receipt in torn)


async def test_without_that_the_printer_would_spoil_it(rig: AnsweringRig) -> None:
    """The control: the virtual printer keeps what it was amid, as real ones do."""
    half = receipt_bytes(RECEIPT)[: QR_STARTS + 60]
    for data in (half, receipt_bytes(RECEIPT)):
        await _send(rig, data)
    await rig.until(lambda: bool(rig.hardware.receipts))
    assert not is_whole(rig.hardware.receipts[-1])


async def test_what_another_computer_left_in_it_does_no_harm(tmp_path: Path) -> None:
    rig = TcpRig(tmp_path)
    async with rig.hardware.running(rig.port):
        witness = Witness()
        async with running(rig, witness) as printer:
            await witness.state(CONNECTED)
            for amid in range(QR_STARTS, QR_STARTS + 200, 41):
                await _send(rig, receipt_bytes(RECEIPT)[:amid])
                assert await printer.print(RECEIPT) is PrintResult.PRINTED
                assert rig.hardware.receipts[-1].codes == WHOLE.codes
                assert rig.hardware.receipts[-1].text.endswith(WHOLE.text)


async def test_what_a_program_left_that_died_is_cut_off_by_the_next(rig: AnsweringRig) -> None:
    await _send(rig, receipt_bytes(RECEIPT)[: QR_STARTS + 60])
    await rig.until(lambda: rig.hardware.printing is not None)
    witness = Witness()
    printer_rig = rig
    async with running(printer_rig, witness) as printer:
        printer.cut_off_remains()
        await witness.state(CONNECTED)
        assert await printer.print(RECEIPT) is PrintResult.PRINTED
    torn, whole = await rig.receipts()
    assert (torn.cut, torn.codes) == (True, ())
    assert is_whole(whole)


async def test_a_printer_that_only_listens_is_freed_as_well(tmp_path: Path) -> None:
    rig = TcpRig(tmp_path)
    rig.options = structs.replace(rig.options, answers=False)
    witness = Witness()
    async with rig.hardware.running(rig.port), running(rig, witness) as printer:
        await witness.state(CONNECTED)
        rig.hardware.vanish(after_bytes=QR_STARTS + 60, keeps_power=True)
        with pytest.raises(UnsureError):
            await printer.print(RECEIPT)
        await rig.plug()
        await witness.state(CONNECTED)
        assert await printer.print(RECEIPT) is PrintResult.SENT
        await rig.until(lambda: len(rig.hardware.receipts) == 2)
    assert is_whole(rig.hardware.receipts[-1])


async def test_nothing_is_cut_off_where_nothing_broke_off(rig: AnsweringRig) -> None:
    page = Printout(elements=(Text(text="一张"),))
    for _ in range(2):
        witness = Witness()
        async with running(rig, witness) as printer:
            await witness.state(CONNECTED)
            assert await printer.print(page) is PrintResult.PRINTED
    assert [receipt.text for receipt in await rig.receipts()] == ["一张", "一张"]
    assert rig.hardware.cuts == 2


async def _send(rig: AnsweringRig, data: bytes) -> None:
    """What somebody else sends, who goes away then."""
    before = rig.hardware.received
    if isinstance(rig, TcpRig):
        _, writer = await asyncio.open_connection(LOOPBACK, int(rig.address.rpartition(":")[2]))
        writer.write(data)
        await writer.drain()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await rig.hardware.until(lambda: rig.hardware.received >= before + len(data))
        writer.close()
    else:
        await asyncio.to_thread(_write, Path(rig.address.removeprefix("serial:")), data)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await rig.hardware.until(lambda: rig.hardware.received >= before + len(data))


def _write(path: Path, data: bytes) -> None:
    with path.open("wb", buffering=0) as line:
        line.write(data)
