"""The virtual scanner from outside: a command that prints its line and scans what is typed."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.base.clock import SystemClock
from drivers.make import make_scanner
from drivers.ports import DeviceState
from drivers.scanner.options import ScannerOptions
from tests.conformance.witness import Witness

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def command() -> AsyncIterator[Process]:
    program = [sys.executable, "-m", "drivers.virtual.scanner"]
    process = await asyncio.create_subprocess_exec(*program, cwd=ROOT, stdin=PIPE, stdout=PIPE)
    assert process.stdin
    yield process
    process.stdin.close()
    assert await process.wait() == 0


async def test_lines_that_are_typed_are_scanned_at_the_path_that_is_printed(
    command: Process,
) -> None:
    assert command.stdin
    assert command.stdout
    path = Path((await command.stdout.readline()).decode().strip())
    witness = Witness()
    scanner = make_scanner(
        "counter",
        f"serial:{path}",
        ScannerOptions(),
        on_scan=witness.on_scan,
        on_status=witness.on_status,
        clock=SystemClock(),
    )
    task = asyncio.create_task(scanner.run())
    await witness.state(DeviceState.CONNECTED)
    command.stdin.write("HQ1ABC\n芝麻开门\n".encode())
    assert await witness.count(2) == ["HQ1ABC", "芝麻开门"]
    command.stdin.write(b":unplug\n")
    await witness.state(DeviceState.DISCONNECTED)
    assert str(path) in witness.statuses[-1].detail
    command.stdin.write(b":replug\n")
    await witness.state(DeviceState.CONNECTED)
    task.cancel()
    await asyncio.wait({task})
