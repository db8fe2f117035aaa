"""`store-agent devices` and `test-print`, beside a running agent and without one."""

import asyncio
import json
import subprocess
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from agent.base.clock import SystemClock
from agent.ops.device_trial import PRINT_S
from agent.state_dir import LOCAL_KEY_FILE
from drivers.virtual.ports import TcpPort
from drivers.virtual.printer_condition import Lack
from drivers.virtual.printer_device import VirtualPrinter
from tests.lab.ports import LOOPBACK
from tests.services.chain import STORE
from tests.system.agent_process import AgentFiles, running


@pytest.fixture
async def printer() -> AsyncIterator[VirtualPrinter]:
    async with VirtualPrinter(clock=SystemClock()).running() as device:
        yield device


@pytest.fixture
async def till_files(files: AgentFiles, printer: VirtualPrinter) -> AgentFiles:
    """Settings with a printer that is there and a scanner that is not."""
    port = TcpPort(printer)
    await printer.attach(port)
    with files.config.open("a") as config:
        config.write(
            f'[printer]\naddress = "{port.address}"\n'
            '[scanner]\naddresses = ["serial:/dev/ttyACM77"]\n'
        )
    return files


async def run(files: AgentFiles, *arguments: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(files.run, *arguments)


@pytest.mark.parametrize("agent_runs", [True, False])
async def test_devices_tells_each_state_and_what_mends_it(
    till_files: AgentFiles, agent_runs: bool
) -> None:
    if agent_runs:
        async with running(till_files):
            done = await _looked(till_files)
    else:
        done = await _looked(till_files)
    told = json.loads(done.stdout)
    assert told["agent_running"] is agent_runs
    states = {device["name"]: device for device in told["configured"]}
    assert states["printer"]["state"] == "connected"
    assert states["scanner"]["state"] == "disconnected"
    assert "/dev/ttyACM77" in states["scanner"]["detail"]
    assert states["scanner"]["remedy"]
    assert done.returncode == 1


async def _looked(files: AgentFiles) -> subprocess.CompletedProcess[str]:
    """Look until the printer was asked how it stands, which a start does not wait for."""
    for _ in range(10):
        done = await run(files, "devices", "--json")
        if '"connecting"' not in done.stdout:
            break
    return done


@pytest.mark.parametrize(("trouble", "code"), [("use_up_paper", 0), ("run_out_of_paper", 1)])
async def test_devices_succeeds_when_all_can_work(
    files: AgentFiles, printer: VirtualPrinter, trouble: str, code: int
) -> None:
    port = TcpPort(printer)
    await printer.attach(port)
    with files.config.open("a") as config:
        config.write(f'[printer]\naddress = "{port.address}"\n')
    getattr(printer, trouble)()
    done = await run(files, "devices")
    assert "degraded" in done.stdout
    assert done.returncode == code


async def test_devices_can_be_read_by_people(till_files: AgentFiles) -> None:
    done = await run(till_files, "devices")
    for words in ("Configured", "scanner: ", "disconnected", "Plugged in"):
        assert words in done.stdout, done.stdout + done.stderr
    assert "[red]" not in done.stdout  # colours are for terminals


async def test_without_devices_all_is_well(files: AgentFiles) -> None:
    done = await run(files, "devices")
    assert done.returncode == 0, done.stderr
    assert "Nothing is configured" in done.stdout


@pytest.mark.parametrize("agent_runs", [True, False])
async def test_test_print_says_what_the_printer_answered(
    till_files: AgentFiles, printer: VirtualPrinter, agent_runs: bool
) -> None:
    if agent_runs:
        async with running(till_files):
            done = await run(till_files, "test-print", "--open-drawer")
    else:
        done = await run(till_files, "test-print", "--open-drawer")
    assert done.returncode == 0, done.stderr
    assert "the printer confirmed" in done.stdout
    assert "The drawer was opened." in done.stdout
    assert [receipt.codes for receipt in printer.receipts] == [(f"TEST {STORE}",)]
    assert len(printer.openings) == 1


@pytest.mark.parametrize("agent_runs", [True, False])
async def test_test_print_tells_of_a_printer_that_never_confirms(
    files: AgentFiles, agent_runs: bool
) -> None:
    printer = VirtualPrinter(clock=SystemClock(), lacks={Lack.CONFIRMATION})
    async with printer.running(port := TcpPort(printer)):
        with files.config.open("a") as config:
            config.write(f'[printer]\naddress = "{port.address}"\n')
        if agent_runs:
            async with running(files):
                done = await run(files, "test-print", "--open-drawer")
                told = await run(files, "devices")
        else:
            done = await run(files, "test-print", "--open-drawer")
            told = await run(files, "devices")
        assert done.returncode == 0, done.stderr
        assert "This printer can't confirm that it came out" in done.stdout
        assert "The drawer was opened." in done.stdout
        for said in (done, told):
            assert "it never answers GS r" in said.stdout
        assert told.returncode == 0
        assert len(printer.receipts) == len(printer.openings) == 1


async def test_test_print_says_what_is_wrong(
    till_files: AgentFiles, printer: VirtualPrinter
) -> None:
    printer.run_out_of_paper()
    done = await run(till_files, "test-print")
    assert done.returncode == 1
    assert "paper" in done.stderr
    assert "ttyACM77" not in done.stderr  # that is the scanner's trouble
    assert not printer.receipts


async def test_test_print_beside_an_agent_says_at_once_what_holds_it_up(
    till_files: AgentFiles, printer: VirtualPrinter
) -> None:
    printer.run_out_of_paper()
    async with running(till_files):
        before = time.monotonic()
        done = await run(till_files, "test-print")
        assert time.monotonic() - before < PRINT_S
        assert done.returncode == 1
        assert "Not printed yet: printer can't print: there is no paper. It" in done.stderr
        printer.load_paper()
        await printer.until(lambda: bool(printer.receipts))


@pytest.mark.parametrize("command", ["devices", "test-print"])
async def test_devices_of_an_agent_that_this_user_may_not_ask_are_left_to_it(
    till_files: AgentFiles, printer: VirtualPrinter, command: str
) -> None:
    (till_files.state_dir / LOCAL_KEY_FILE).mkdir(parents=True)  # as unreadable for root as can be
    done = await run(till_files, command)
    assert done.returncode == 1
    assert "this PC's own key can't be read" in done.stderr
    assert printer.received == 0


@pytest.mark.parametrize("command", ["devices", "test-print"])
async def test_devices_of_an_agent_that_does_not_answer_are_left_to_it(
    till_files: AgentFiles, printer: VirtualPrinter, command: str
) -> None:
    till_files.state_dir.mkdir(exist_ok=True)
    (till_files.state_dir / LOCAL_KEY_FILE).write_text("key\n")
    async with await asyncio.start_server(_hang_up, LOOPBACK, till_files.port):
        done = await run(till_files, command)
    assert done.returncode == 1
    assert "systemctl status store-agent" in done.stderr
    assert printer.received == 0


async def test_test_page_that_an_agent_took_is_printed_by_nobody_else(
    till_files: AgentFiles, printer: VirtualPrinter
) -> None:
    till_files.state_dir.mkdir(exist_ok=True)
    (till_files.state_dir / LOCAL_KEY_FILE).write_text("key\n")
    app = web.Application()

    async def take_and_end(_: web.Request) -> web.Response:
        await site.stop()  # whoever asks now is refused
        return web.json_response({"job_id": "j1", "state": "queued", "detail": ""})

    app.router.add_post("/api/v1/test-prints", take_and_end)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, LOOPBACK, till_files.port)
    await site.start()
    done = await run(till_files, "test-print")
    await runner.cleanup()
    assert done.returncode == 1
    assert "The agent took the test page" in done.stderr
    assert printer.received == 0


async def _hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def test_test_print_without_a_printer_says_where_to_set_one(files: AgentFiles) -> None:
    alone = await run(files, "test-print")
    async with running(files):
        beside = await run(files, "test-print")
    assert (alone.returncode, beside.returncode) == (1, 1)
    assert "[printer] address" in alone.stderr
    assert "[printer] address" in beside.stderr
