"""What every scanner keeps: drivers.ports.Scanner, held by real lines, sockets and pipes."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from drivers.ports import DeviceState
from tests.conformance.installed import install_driver
from tests.conformance.scanner_rigs import NAME, RIGS, Rig
from tests.conformance.witness import Witness

CONNECTED, DISCONNECTED = DeviceState.CONNECTED, DeviceState.DISCONNECTED


@pytest.fixture(params=RIGS)
async def rig(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Rig]:
    install_driver(tmp_path / "site", "pipe", "tests.conformance.example_driver")
    monkeypatch.syspath_prepend(tmp_path / "site")
    made = RIGS[request.param](tmp_path)
    await made.plug()
    yield made
    await made.unplug()


@pytest.fixture
def witness() -> Witness:
    return Witness()


@asynccontextmanager
async def running(rig: Rig, witness: Witness) -> AsyncIterator[asyncio.Task[None]]:
    """The scanner of `rig` at work; it must still be at work in the end."""
    task = asyncio.create_task(rig.scanner(witness).run())
    try:
        yield task
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_whole_codes_are_told_once_in_order(rig: Rig, witness: Witness) -> None:
    before_ns = time.monotonic_ns()
    async with running(rig, witness):
        await witness.state(CONNECTED)
        for number in range(50):
            await rig.send(f"HQ1CODE{number}\r\n")
        assert await witness.count(50) == [f"HQ1CODE{number}" for number in range(50)]
    assert {scan.scanner for scan in witness.scans} == {NAME}
    times = [scan.at_ns for scan in witness.scans]
    assert [before_ns, *times] == sorted([before_ns, *times])


async def test_two_codes_sent_at_once_are_two(rig: Rig, witness: Witness) -> None:
    async with running(rig, witness):
        await witness.state(CONNECTED)
        await rig.send("HQ1AAA\r\nHQ1bbb\r\n")
        assert await witness.count(2) == ["HQ1AAA", "HQ1bbb"]


async def test_one_code_sent_in_ten_pieces_is_one(rig: Rig, witness: Witness) -> None:
    async with running(rig, witness):
        await witness.state(CONNECTED)
        for piece in "HQ1ABCDEF\r":
            await rig.send(piece if piece != "\r" else "\r\n")
            await asyncio.sleep(0.001)
        assert await witness.count(1) == ["HQ1ABCDEF"]


async def test_halves_of_a_code_belong_together_while_it_is_plugged_in(
    rig: Rig, witness: Witness
) -> None:
    async with running(rig, witness):
        await witness.state(CONNECTED)
        await rig.send("FIRST\r\nHALF")
        await witness.count(1)
        await rig.send("WHOLE\r\n")
        assert await witness.count(2) == ["FIRST", "HALFWHOLE"]


async def test_half_a_code_dies_with_the_connection(rig: Rig, witness: Witness) -> None:
    async with running(rig, witness):
        await witness.state(CONNECTED)
        await rig.send("FIRST\r\nHALF")
        await witness.count(1)
        await rig.unplug()
        await witness.state(DISCONNECTED)
        await rig.plug()
        await witness.state(CONNECTED)
        await rig.send("WHOLE\r\n")
        assert await witness.count(2) == ["FIRST", "WHOLE"]


async def test_unplugging_and_replugging_is_told_each_time_and_survived(
    rig: Rig, witness: Witness
) -> None:
    async with running(rig, witness):
        await witness.state(CONNECTED)
        for number in range(3):
            await rig.unplug()
            lost = await witness.state(DISCONNECTED)
            assert lost.detail
            assert lost.remedy
            await rig.plug()
            found = await witness.state(CONNECTED)
            assert (found.detail, found.remedy) == ("", "")
            assert found.since >= lost.since
            await rig.send(f"HQ1{number}\r\n")
            assert (await witness.count(number + 1))[-1] == f"HQ1{number}"
    assert witness.states == [CONNECTED, *[DISCONNECTED, CONNECTED] * 3]


async def test_scanner_that_is_plugged_in_later_is_found(rig: Rig, witness: Witness) -> None:
    await rig.unplug()
    async with running(rig, witness):
        await witness.state(DISCONNECTED)
        await rig.plug()
        await witness.state(CONNECTED)
        await rig.send("HQ1ABC\r\n")
        assert await witness.count(1) == ["HQ1ABC"]
    assert witness.states == [DISCONNECTED, CONNECTED]


async def test_status_is_the_last_that_was_told(rig: Rig, witness: Witness) -> None:
    scanner = rig.scanner(witness)
    assert scanner.status.state is DeviceState.CONNECTING
    task = asyncio.create_task(scanner.run())
    assert await witness.state(CONNECTED) == scanner.status
    await rig.unplug()
    assert await witness.state(DISCONNECTED) == scanner.status
    task.cancel()
    await asyncio.wait({task})
    assert scanner.name == NAME


async def test_cancelling_closes_everything_and_leaves_the_device_free(rig: Rig) -> None:
    await rig.unplug()
    open_before = _open_files()
    await rig.plug()
    for number in range(3):
        witness = Witness()
        async with running(rig, witness):
            await witness.state(CONNECTED)
            await rig.send(f"HQ1{number}\r\n")
            assert await witness.count(1) == [f"HQ1{number}"]
    await rig.unplug()
    assert _open_files() == open_before


async def test_cancelling_while_nothing_is_plugged_in_closes_everything(
    rig: Rig, witness: Witness
) -> None:
    await rig.unplug()
    open_before = _open_files()
    async with running(rig, witness):
        await witness.state(DISCONNECTED)
    assert _open_files() == open_before


def _open_files() -> int:
    """How many descriptors this process has."""
    return len(os.listdir("/proc/self/fd"))
