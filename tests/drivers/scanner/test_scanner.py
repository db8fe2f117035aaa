"""What a scanner does beside reading codes: gaps, noise, foreign drivers, wrong addresses."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from agent.base.clock import SystemClock
from agent.domain.coupons.codes import DAMAGED
from drivers.address import HidAddress
from drivers.errors import AddressError, LostError
from drivers.make import make_scanner
from drivers.ports import DeviceState, Scanner
from drivers.scanner.framing import MAX_FRAME_BYTES
from drivers.scanner.hid import open_grabbed
from drivers.scanner.options import MAX_IDLE_MS, MAX_MARK_BYTES, ScannerOptions
from drivers.virtual.scanner import VirtualScanner
from tests.conformance.installed import install_driver
from tests.conformance.witness import PATIENCE_SECONDS, Witness
from tests.lab.until import until


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
async def hardware(tmp_path: Path) -> AsyncIterator[VirtualScanner]:
    with VirtualScanner(tmp_path / "scanner") as plugged_in:
        yield plugged_in


def made(address: str, witness: Witness, options: ScannerOptions | None = None) -> Scanner:
    return make_scanner(
        "counter",
        address,
        options or ScannerOptions(),
        on_scan=witness.on_scan,
        on_status=witness.on_status,
        clock=SystemClock(),
    )


async def started(
    hardware: VirtualScanner, witness: Witness, options: ScannerOptions | None = None
) -> asyncio.Task[None]:
    scanner = made(f"serial:{hardware.path}", witness, options)
    task = asyncio.create_task(scanner.run())
    await witness.state(DeviceState.CONNECTED)
    return task


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


async def test_gap_ends_a_code_of_a_scanner_that_sends_no_suffix(
    hardware: VirtualScanner, witness: Witness
) -> None:
    task = await started(hardware, witness, ScannerOptions(idle_ms=5))
    for number in range(3):
        hardware.send(f"HQ1{number}".encode())
        assert (await witness.count(number + 1))[-1] == f"HQ1{number}"
    await stopped(task)


async def test_gap_ends_noise_too_so_that_the_next_code_is_read(
    hardware: VirtualScanner, witness: Witness
) -> None:
    task = await started(hardware, witness, ScannerOptions(idle_ms=5))
    for _ in range(3):
        hardware.send(b"N" * (MAX_FRAME_BYTES // 2 + 1))
        await asyncio.sleep(0)
    await witness.state(DeviceState.DEGRADED)
    await _until_read(hardware, witness, "HQ1ABC")
    await stopped(task)


async def _until_read(hardware: VirtualScanner, witness: Witness, code: str) -> None:
    """Scan the code until it is read, as people do."""

    async def read() -> bool:
        hardware.send(code.encode())
        return code in witness.codes

    await until("it is read", read, timeout_s=PATIENCE_SECONDS)


async def test_gap_ends_nothing_unless_it_is_set(
    hardware: VirtualScanner, witness: Witness
) -> None:
    task = await started(hardware, witness)
    await hardware.trickle("HQ1ABC", pieces=3, gap_ms=20)
    assert await witness.count(1) == ["HQ1ABC"]
    await stopped(task)


async def test_set_marks_are_taken_off(hardware: VirtualScanner, witness: Witness) -> None:
    task = await started(hardware, witness, ScannerOptions(prefix="~S", suffix="~E"))
    hardware.send(b"~SHQ1\tABC~E")
    assert await witness.count(1) == ["HQ1ABC"]
    await stopped(task)


async def test_noise_is_told_once_with_what_mends_it_until_a_code_comes(
    hardware: VirtualScanner, witness: Witness
) -> None:
    task = await started(hardware, witness)
    with capture_logs() as logs:
        for _ in range(3):
            hardware.send(b"N" * (MAX_FRAME_BYTES // 2 + 1))
            await asyncio.sleep(0.001)
        told = await witness.state(DeviceState.DEGRADED)
        assert "suffix" in told.remedy
        hardware.send(b"\rHQ1ABC\r")
        assert await witness.count(1) == ["HQ1ABC"]
    assert witness.states[1:] == [DeviceState.DEGRADED, DeviceState.CONNECTED]
    assert [line["event"] for line in logs] == ["device_degraded", "device_connected"]
    await stopped(task)


async def test_damaged_code_is_passed_on_and_told_with_what_mends_it_until_a_whole_one_comes(
    hardware: VirtualScanner, witness: Witness
) -> None:
    task = await started(hardware, witness)
    hardware.send(b"69\xff1\r")
    told = await witness.state(DeviceState.DEGRADED)
    assert "store-agent devices calibrate" in told.remedy
    hardware.send(b"691\r")
    damaged, whole = await witness.count(2)
    assert DAMAGED in damaged
    assert whole == "691"
    assert witness.states == [DeviceState.CONNECTED, DeviceState.DEGRADED, DeviceState.CONNECTED]
    await stopped(task)


async def test_encoding_of_the_settings_reaches_the_scanner(
    hardware: VirtualScanner, witness: Witness
) -> None:
    task = await started(hardware, witness, ScannerOptions(encoding="gb18030"))
    hardware.send("谢谢\r".encode("gb18030"))
    assert await witness.count(1) == ["谢谢"]
    await stopped(task)


async def test_file_that_is_no_input_device_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "event0"
    path.touch()
    with pytest.raises(LostError, match="is no input device") as refusal:
        await open_grabbed(HidAddress(path=str(path)))
    assert "ls -l /dev/input/by-id/" in refusal.value.remedy


@pytest.mark.parametrize("address", ["usb:/dev/usb/lp0", "file:/tmp/a"])
def test_printers_address_is_no_scanners(address: str, witness: Witness) -> None:
    with pytest.raises(AddressError, match="a scanner's is serial:/dev/ttyACM0"):
        made(address, witness)


def test_unknown_driver_is_told_with_those_that_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, witness: Witness
) -> None:
    install_driver(tmp_path, "pipe", "tests.conformance.example_driver")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AddressError, match=r"no driver 'acme'.*\(pipe\)"):
        made("acme:1", witness)
    assert made("pipe:/tmp/pipe", witness).address == "/tmp/pipe"


@pytest.mark.parametrize(
    ("target", "said"),
    [("tests.no_such_driver", "can't be loaded"), ("tests.conformance", "has no make_scanner")],
)
def test_driver_that_is_broken_or_for_something_else_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, witness: Witness, target: str, said: str
) -> None:
    install_driver(tmp_path, "acme", target)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AddressError, match=said):
        made("acme:1", witness)


@pytest.mark.parametrize(
    "wrong",
    [
        {"encoding": "big5"},
        {"suffix": "券" * 6},
        {"prefix": "x" * (MAX_MARK_BYTES + 1)},
        {"idle_ms": MAX_IDLE_MS + 1},
    ],
)
def test_options_beyond_their_limits_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"at most|from 0 to|one of"):
        ScannerOptions(**wrong)  # type: ignore[arg-type]  # of either type
