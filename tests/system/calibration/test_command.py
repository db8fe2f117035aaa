"""`store-agent devices calibrate` as store IT goes through it, with a scanner on a serial line."""

import asyncio
import os
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agent.base.clock import SystemClock
from agent.ops.calibration.probes import PROBES
from agent.ops.calibration.scanner_file import BEFORE, NAME
from agent.settings import load_settings
from drivers.virtual.ports import TcpPort
from drivers.virtual.printer_device import VirtualPrinter
from drivers.virtual.scanner import VirtualScanner
from tests.conformance.witness import PATIENCE_SECONDS
from tests.system.agent_process import COMMAND, AgentFiles, running

HERE = Path(__file__).parents[3]


@pytest.fixture
def scanner(tmp_path: Path) -> VirtualScanner:
    return VirtualScanner(tmp_path / "scanner")


@pytest.fixture
def till_files(files: AgentFiles, scanner: VirtualScanner) -> AgentFiles:
    with files.config.open("a") as config:
        config.write(f'[scanner]\naddresses = ["serial:{scanner.path}"]\n')
    return files


@asynccontextmanager
async def calibrating(files: AgentFiles, *arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "devices",
        "calibrate",
        "--config",
        str(files.config),
        *arguments,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd=HERE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def told(process: Process, words: str) -> str:
    """Return what it says up to these words."""
    said = ""
    async with asyncio.timeout(3 * PATIENCE_SECONDS):
        while words not in said:
            part = await process.stdout.read(1_000) if process.stdout else b""
            assert part, said + (await process.stderr.read()).decode() if process.stderr else said
            said += part.decode(errors="replace")
    return said


async def scan_all(process: Process, scanner: VirtualScanner, encoding: str) -> None:
    for number, probe in enumerate(PROBES, start=1):
        await told(process, f"{number}/{len(PROBES)} ")
        scanner.send(f"{probe.text}\r".encode(encoding))


async def answer(process: Process, text: str) -> tuple[str, int]:
    said, complaints = await process.communicate(f"{text}\n".encode())
    return said.decode() + complaints.decode(), process.returncode or 0


def encoding_of(files: AgentFiles) -> str:
    return load_settings(files.config, {}).scanner.encoding


async def test_three_scans_write_the_settings_and_undo_takes_them_back(
    till_files: AgentFiles, scanner: VirtualScanner
) -> None:
    async with calibrating(till_files) as process:
        await scan_all(process, scanner, "gb18030")
        await told(process, '+encoding = "gb18030"')
        said, code = await answer(process, "y")
    assert (code, encoding_of(till_files)) == (0, "gb18030"), said
    assert "systemctl start store-agent" in said
    async with calibrating(till_files, "--undo") as process:
        await told(process, '-encoding = "gb18030"')
        said, code = await answer(process, "y")
    assert (code, encoding_of(till_files)) == (0, "auto"), said
    assert not list(till_files.config.parent.glob("agent.toml.d/zz*"))


async def test_nothing_is_written_without_a_yes(
    till_files: AgentFiles, scanner: VirtualScanner
) -> None:
    async with calibrating(till_files) as process:
        await scan_all(process, scanner, "utf-8")
        said, code = await answer(process, "")
    assert code == 1
    assert "Nothing was changed" in said
    assert encoding_of(till_files) == "auto"


async def test_the_second_calibration_shows_what_changes_and_undo_brings_back_the_first(
    till_files: AgentFiles, scanner: VirtualScanner
) -> None:
    for encoding in ("utf-8", "gb18030"):
        async with calibrating(till_files, "--yes") as process:
            await scan_all(process, scanner, encoding)
            said, _ = await answer(process, "")
    assert '-encoding = "utf-8"\n+encoding = "gb18030"' in said
    drop_ins = till_files.config.with_name("agent.toml.d")
    assert sorted(os.listdir(drop_ins)) == [NAME, BEFORE]
    async with calibrating(till_files, "--undo", "--yes") as process:
        await answer(process, "")
    assert encoding_of(till_files) == "utf-8"
    async with calibrating(till_files, "--undo", "--yes") as process:
        said, code = await answer(process, "")
    assert code == 1
    assert "nothing to take back" in said


async def test_a_file_that_wins_over_it_is_told(
    till_files: AgentFiles, scanner: VirtualScanner
) -> None:
    drop_ins = till_files.config.with_name("agent.toml.d")
    drop_ins.mkdir()
    (drop_ins / "zzz.toml").write_text('[scanner]\nencoding = "utf-8"\n')
    async with calibrating(till_files, "--yes") as process:
        await scan_all(process, scanner, "gb18030")
        said, _ = await answer(process, "")
    assert "wins" in said


async def test_beside_a_running_agent_it_says_how_to_stop_it_and_touches_nothing(
    till_files: AgentFiles,
) -> None:
    async with running(till_files), calibrating(till_files) as process:
        said, code = await answer(process, "")
    assert code == 1
    assert "systemctl stop store-agent" in said


async def test_the_codes_are_printed_whole_the_separator_too(
    till_files: AgentFiles, scanner: VirtualScanner
) -> None:
    async with VirtualPrinter(clock=SystemClock()).running() as printer:
        await printer.attach(port := TcpPort(printer))
        with till_files.config.open("a") as config:
            config.write(f'[printer]\naddress = "{port.address}"\n')
        async with calibrating(till_files, "--print", "--yes") as process:
            await scan_all(process, scanner, "utf-8")
            said, code = await answer(process, "")
    assert code == 0, said
    assert [receipt.codes for receipt in printer.receipts] == [tuple(one.text for one in PROBES)]


async def test_a_scanner_that_says_nothing_is_told(till_files: AgentFiles) -> None:
    async with calibrating(till_files, "--wait", "0.1") as process:
        said, code = await answer(process, "")
    assert code == 1
    assert "nothing came" in said


async def test_a_scanner_that_is_not_there_is_told_with_what_mends_it(files: AgentFiles) -> None:
    async with calibrating(files, "serial:/dev/ttyACM77") as process:
        said, code = await answer(process, "")
    assert code == 1
    assert "nothing is at /dev/ttyACM77" in said


async def test_an_address_that_was_in_no_settings_is_written_too(
    files: AgentFiles, scanner: VirtualScanner
) -> None:
    address = f"serial:{scanner.path}"
    async with calibrating(files, address, "--yes") as process:
        await scan_all(process, scanner, "utf-8")
        said, code = await answer(process, "")
    assert code == 0, said
    assert load_settings(files.config, {}).scanner.addresses == (address,)
