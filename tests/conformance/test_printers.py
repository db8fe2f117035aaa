"""What every printer keeps: drivers.ports.ReceiptPrinter, held by real lines and sockets."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from agent.domain.printing.printout import Printout, Text
from drivers.errors import NotReadyError, UnsureError
from drivers.ports import DeviceState, Fault, PrintResult
from tests.conformance.installed import install_driver
from tests.conformance.printer_rigs import ANSWERING, NAME, AnsweringRig, FileRig, Rig, running
from tests.conformance.witness import PATIENCE_SECONDS, Witness
from tests.drivers.printer.paper import RECEIPT, TOKEN
from tests.lab.until import until

CONNECTED, DISCONNECTED = DeviceState.CONNECTED, DeviceState.DISCONNECTED
DEGRADED, UNKNOWN = DeviceState.DEGRADED, DeviceState.UNKNOWN
NEVER_SECONDS = 0.1
"""Long enough for what must not happen."""


@pytest.fixture(autouse=True)
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_driver(tmp_path / "site", "socket", "tests.conformance.example_printer_driver")
    monkeypatch.syspath_prepend(tmp_path / "site")


@asynccontextmanager
async def plugged_in(kind: str, directory: Path) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        if kind == "file":
            yield FileRig(directory)
            return
        rig = ANSWERING[kind](directory)
        await stack.enter_async_context(rig.hardware.running(rig.port))
        yield rig


@pytest.fixture(params=[*ANSWERING, "file"])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with plugged_in(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=ANSWERING)
async def answering(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AnsweringRig]:
    async with plugged_in(request.param, tmp_path) as made:
        assert isinstance(made, AnsweringRig)
        yield made


@pytest.fixture
def witness() -> Witness:
    return Witness()


def result_of(rig: Rig) -> PrintResult:
    """What a print that went well says: proof, or that nobody can know."""
    return PrintResult.PRINTED if isinstance(rig, AnsweringRig) else PrintResult.SENT


async def test_a_receipt_comes_out_whole_and_cut(rig: Rig, witness: Witness) -> None:
    async with running(rig, witness) as printer:
        await witness.state(CONNECTED)
        assert await printer.print(RECEIPT) is result_of(rig)
    (receipt,) = await rig.receipts()
    assert receipt.cut
    assert receipt.codes == (TOKEN,)
    for words in ("星河超市", "T1-000123", "纯牛奶 250ml", "￥140.80", "龘？ 谢谢惠顾"):
        assert words in receipt.text


async def test_receipts_come_out_one_at_a_time_in_order(rig: Rig, witness: Witness) -> None:
    names = [f"第{number}张" for number in range(5)]
    async with running(rig, witness) as printer:
        await witness.state(CONNECTED)
        printouts = [Printout(elements=(Text(text=name),) * 30) for name in names]
        await asyncio.gather(*map(printer.print, printouts))
    assert [receipt.text for receipt in await rig.receipts()] == [
        "\n".join([name] * 30) for name in names
    ]


async def test_the_drawer_opens_by_its_pin(rig: Rig, witness: Witness) -> None:
    async with running(rig, witness) as printer:
        await witness.state(CONNECTED)
        await printer.open()
        assert await rig.kicks(1) == [2]


async def test_what_is_not_there_is_not_ready_and_prints_nothing(
    rig: Rig, witness: Witness
) -> None:
    await rig.unplug()
    async with running(rig, witness) as printer:
        lost = await witness.state(DISCONNECTED)
        assert lost.detail
        assert lost.remedy
        with pytest.raises(NotReadyError):
            await printer.print(RECEIPT)
        with pytest.raises(NotReadyError):
            await printer.open()
        await rig.plug()
        await witness.state(CONNECTED)
        assert await printer.print(RECEIPT) is result_of(rig)
    assert len(await rig.receipts()) == 1


async def test_before_it_runs_nothing_is_ready(rig: Rig, witness: Witness) -> None:
    printer = rig.printer(witness)
    assert printer.status.state is DeviceState.CONNECTING
    assert printer.name == NAME
    with pytest.raises(NotReadyError):
        await printer.print(RECEIPT)


async def test_unplugging_and_replugging_is_told_once_each_time_and_survived(
    answering: AnsweringRig, witness: Witness
) -> None:
    async with running(answering, witness) as printer:
        await witness.state(CONNECTED)
        for _ in range(3):
            await answering.unplug()
            await witness.state(DISCONNECTED)
            await answering.plug()
            found = await witness.state(CONNECTED)
            assert (found.detail, found.remedy, found.faults) == ("", "", ())
            assert await printer.print(RECEIPT) is PrintResult.PRINTED
    assert witness.states == [CONNECTED, *[DISCONNECTED, CONNECTED] * 3]
    assert len(await answering.receipts()) == 3


async def test_status_is_the_last_that_was_told_and_steady_while_all_is_well(
    answering: AnsweringRig, witness: Witness
) -> None:
    async with running(answering, witness) as printer:
        assert await witness.state(CONNECTED) == printer.status
        await answering.until(lambda: answering.hardware.received > 200)
        assert len(witness.statuses) == 1
        assert printer.status.drawer_open is False


async def test_paper_that_runs_out_amid_a_receipt_is_waited_for_and_nothing_doubles(
    answering: AnsweringRig, witness: Witness
) -> None:
    hardware = answering.hardware
    async with running(answering, witness) as printer:
        await witness.state(CONNECTED)
        await printer.print(RECEIPT)
        hardware.run_out_of_paper(after_lines=3)
        job = asyncio.create_task(printer.print(RECEIPT))
        stopped = await witness.state(DEGRADED)
        assert stopped.faults == (Fault.PAPER_OUT,)
        assert "paper" in stopped.detail
        assert stopped.remedy
        await stays_undone(job)
        hardware.load_paper()
        assert await job is PrintResult.PRINTED
        await witness.state(CONNECTED)
    first, second = await answering.receipts()
    assert second.items == first.items


async def test_paper_that_runs_out_with_the_last_line_leaves_no_doubt(
    answering: AnsweringRig, witness: Witness
) -> None:
    hardware = answering.hardware
    async with running(answering, witness) as printer:
        await witness.state(CONNECTED)
        hardware.run_out_of_paper(after_lines=1)
        job = asyncio.create_task(printer.print(Printout(elements=(Text(text="一行"),))))
        await witness.state(DEGRADED)
        await stays_undone(job)
        hardware.load_paper()
        assert await job is PrintResult.PRINTED
    assert [receipt.text for receipt in await answering.receipts()] == ["一行"]


async def test_an_open_cover_amid_a_receipt_is_waited_for(
    answering: AnsweringRig, witness: Witness
) -> None:
    hardware = answering.hardware
    hardware.slow_down(20)
    async with running(answering, witness) as printer:
        await witness.state(CONNECTED)
        job = asyncio.create_task(printer.print(RECEIPT))
        await answering.until(lambda: hardware.printing is not None)
        hardware.open_cover()
        assert (await witness.state(DEGRADED)).faults == (Fault.COVER_OPEN,)
        await stays_undone(job)
        hardware.slow_down(0)
        hardware.close_cover()
        assert await job is PrintResult.PRINTED
    assert len(await answering.receipts()) == 1


@pytest.mark.parametrize("trouble", ["run_out_of_paper", "open_cover", "jam_cutter"])
async def test_a_printer_in_trouble_is_not_ready_and_opens_the_drawer_all_the_same(
    answering: AnsweringRig, witness: Witness, trouble: str
) -> None:
    async with running(answering, witness) as printer:
        await witness.state(CONNECTED)
        getattr(answering.hardware, trouble)()
        with pytest.raises(NotReadyError):
            await printer.print(RECEIPT)
        await printer.open()
        assert await answering.kicks(1) == [2]
        assert (await witness.state(DEGRADED)).faults
        answering.hardware.load_paper()
        answering.hardware.close_cover()
        answering.hardware.jam_cutter(jammed=False)
        await witness.state(CONNECTED)
    assert await answering.receipts() == []
    assert answering.hardware.printing is None


async def test_little_paper_is_told_and_printed_on(
    answering: AnsweringRig, witness: Witness
) -> None:
    async with running(answering, witness) as printer:
        await witness.state(CONNECTED)
        answering.hardware.use_up_paper()
        assert (await witness.state(DEGRADED)).faults == (Fault.PAPER_LOW,)
        assert await printer.print(RECEIPT) is PrintResult.PRINTED


async def test_silence_is_unknown_and_never_ok(answering: AnsweringRig, witness: Witness) -> None:
    answering.expect_silence()
    async with running(answering, witness) as printer:
        await witness.state(CONNECTED)
        answering.hardware.fall_silent()
        silent = await witness.state(UNKNOWN)
        assert silent.detail
        assert silent.remedy
        with pytest.raises(NotReadyError):
            await printer.print(RECEIPT)
        answering.hardware.speak()
        await witness.state(CONNECTED)
        assert await printer.print(RECEIPT) is PrintResult.PRINTED
    assert len(await answering.receipts()) == 1


async def test_a_printer_silent_from_the_first_is_unknown(
    answering: AnsweringRig, witness: Witness
) -> None:
    answering.expect_silence()
    answering.hardware.fall_silent()
    async with running(answering, witness):
        await witness.until(lambda: bool(witness.statuses))
        assert witness.states == [UNKNOWN]
    assert CONNECTED not in witness.states


async def test_a_connection_that_breaks_amid_a_receipt_leaves_it_unsure(
    answering: AnsweringRig, witness: Witness
) -> None:
    async with running(answering, witness) as printer:
        await witness.state(CONNECTED)
        answering.hardware.vanish(after_bytes=600)
        with pytest.raises(UnsureError):
            await printer.print(RECEIPT)
        await witness.state(DISCONNECTED)
        await answering.plug()
        await witness.state(CONNECTED)
        assert await printer.print(RECEIPT) is PrintResult.PRINTED
    assert (await answering.receipts())[-1].codes == (TOKEN,)


async def test_silence_amid_a_receipt_leaves_it_unsure(
    answering: AnsweringRig, witness: Witness
) -> None:
    answering.expect_silence()
    hardware = answering.hardware
    async with running(answering, witness) as printer:
        await witness.state(CONNECTED)
        hardware.run_out_of_paper(after_lines=2)
        job = asyncio.create_task(printer.print(RECEIPT))
        await witness.state(DEGRADED)
        hardware.fall_silent()
        with pytest.raises(UnsureError):
            await job


async def test_the_drawer_opens_while_a_receipt_waits_for_paper(
    answering: AnsweringRig, witness: Witness
) -> None:
    hardware = answering.hardware
    async with running(answering, witness) as printer:
        await witness.state(CONNECTED)
        hardware.run_out_of_paper(after_lines=2)
        job = asyncio.create_task(printer.print(RECEIPT))
        await witness.state(DEGRADED)
        await printer.open()
        assert await answering.kicks(1) == [2]
        hardware.load_paper()
        assert await job is PrintResult.PRINTED
    (receipt,) = await answering.receipts()
    assert receipt.codes == (TOKEN,)
    assert len(hardware.openings) == 1


async def test_the_drawer_stays_shut_while_the_printer_is_silent(
    answering: AnsweringRig, witness: Witness
) -> None:
    answering.expect_silence()
    async with running(answering, witness) as printer:
        await witness.state(CONNECTED)
        answering.hardware.fall_silent()
        with pytest.raises(NotReadyError):
            await printer.open()
    assert not answering.hardware.openings


async def test_an_open_drawer_is_told(answering: AnsweringRig, witness: Witness) -> None:
    async with running(answering, witness) as printer:
        await witness.state(CONNECTED)
        await printer.open()
        await witness.until(lambda: printer.status.drawer_open is True)
        answering.hardware.close_drawer()
        await witness.until(lambda: printer.status.drawer_open is False)


async def test_a_cancelled_receipt_does_not_mix_with_the_next(
    answering: AnsweringRig, witness: Witness
) -> None:
    hardware = answering.hardware
    async with running(answering, witness) as printer:
        await witness.state(CONNECTED)
        hardware.run_out_of_paper(after_lines=2)
        job = asyncio.create_task(printer.print(RECEIPT))
        await witness.state(DEGRADED)
        job.cancel()
        await asyncio.wait({job})
        hardware.load_paper()
        await witness.state(CONNECTED)
        assert await printer.print(RECEIPT) is PrintResult.PRINTED
    last = (await answering.receipts())[-1]
    assert last.codes == (TOKEN,)


async def test_cancelling_closes_everything(rig: Rig, witness: Witness) -> None:
    await rig.unplug()
    await asyncio.sleep(NEVER_SECONDS)
    open_before = _open_files()

    async def closed() -> bool:
        return _open_files() <= open_before  # the hardware's own end closes a little later

    await rig.plug()
    for _ in range(3):
        again = Witness()
        async with running(rig, again) as printer:
            await again.state(CONNECTED)
            assert await printer.print(RECEIPT) is result_of(rig)
    await rig.unplug()
    await until("all is closed", closed, timeout_s=PATIENCE_SECONDS)


async def stays_undone(job: asyncio.Task[PrintResult]) -> None:
    """The job does not end as long as nothing changes."""
    done, _ = await asyncio.wait({job}, timeout=NEVER_SECONDS)
    assert not done


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))
