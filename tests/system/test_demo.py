"""The demo: it starts, sells, is cut off and mended, stops without a trace and keeps its data."""

import asyncio
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from random import randrange
from typing import Any

import aiohttp

from tests.lab.demo.__main__ import HQ_OFFSET, LAST_OFFSET
from tests.lab.demo.directory import DemoDirectory
from tests.lab.demo.supply import PEOPLE
from tests.lab.ports import LOOPBACK
from tests.lab.process_tree import family, wait_for_end
from tests.lab.until import until

ROOT = Path(__file__).parents[2]
READY = "Ctrl-C stops everything"
START_TIMEOUT_S = 60.0
LINE_TIMEOUT_S = 20.0
SERVICES = 5  # PostgreSQL, store-hq and three agents


class Demo:
    """A running demo, as somebody at its terminal sees it."""

    def __init__(
        self, process: asyncio.subprocess.Process, output: asyncio.StreamReader, base: int
    ) -> None:
        self.process = process
        self._output = output
        self._base = base

    async def read_until(self, text: str, timeout_s: float = LINE_TIMEOUT_S) -> str:
        """Return all that was printed, up to the line that holds `text`."""
        seen: list[str] = []
        async with asyncio.timeout(timeout_s):
            while not seen or text not in seen[-1]:
                line = (await self._output.readline()).decode()
                assert line, f"the demo ended without {text!r}:\n{''.join(seen)}"
                seen.append(line)
        return "".join(seen)

    async def call(self, data_dir: Path, path: str, order: object = None) -> dict[str, Any]:
        """Call the local API of the first store."""
        key = (data_dir / "MB001/state/api.key").read_text().strip()
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "the-sale"}
        url = f"http://{LOOPBACK}:{self._base + 1}/api/v1/{path}"
        async with aiohttp.ClientSession(headers=headers, raise_for_status=True) as session:
            method = "GET" if order is None else "POST"
            async with session.request(method, url, json=order) as answer:
                told: dict[str, Any] = await answer.json()
                return told

    async def signed_in_everywhere(self) -> list[str]:
        """Sign in at the till of each store, all in one browser; return who stays signed in."""
        person = {"cashier": PEOPLE[0].number, "pin": PEOPLE[0].pin}
        urls = [f"http://{LOOPBACK}:{self._base + number}" for number in (1, 2, 3)]
        jar = aiohttp.CookieJar(unsafe=True)  # addresses have cookies, too, as in a browser
        async with aiohttp.ClientSession(cookie_jar=jar, raise_for_status=True) as browser:
            for url in urls:
                headers = {"Origin": url, "Sec-Fetch-Site": "same-origin"}
                await browser.post(f"{url}/api/v1/sessions", json=person, headers=headers)
            answers = [await browser.get(f"{url}/api/v1/status") for url in urls]
            return [(await answer.json())["store"] for answer in answers]

    async def stop(self) -> None:
        """Press Ctrl-C, and expect a clean end of every process."""
        pids = family(self.process.pid)
        assert len(pids) > SERVICES
        self.process.send_signal(signal.SIGINT)
        await self.read_until("再见")
        assert await self.process.wait() == 0
        assert all(wait_for_end(pid) for pid in pids)


def free_base() -> int:
    """A port base whose ports are all free."""
    while True:
        base = randrange(15_000, 32_000)
        with suppress(OSError), ExitStack() as held:
            for port in range(base + 1, base + LAST_OFFSET + 1):
                held.enter_context(socket.create_server((LOOPBACK, port)))
            return base


def command(data_dir: Path, base: int, *options: str) -> list[str]:
    place = ["--data-dir", str(data_dir), "--port-base", str(base)]
    return [sys.executable, "-m", "tests.lab.demo", *place, *options]


@asynccontextmanager
async def demo(data_dir: Path, base: int, *, terminal: int | None = None) -> AsyncIterator[Demo]:
    """A demo that is ready; killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *command(data_dir, base),
        cwd=ROOT,
        stdin=subprocess.DEVNULL if terminal is None else terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        yield Demo(process, process.stdout, base)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def refusal(data_dir: Path, base: int, *options: str) -> str:
    """What a demo says that does not start."""
    told = subprocess.run(
        command(data_dir, base, *options), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stdout) == (1, "")
    return told.stderr


def pasted(panel: str, name: str) -> str:
    """The value of a shell variable that the panel sets."""
    found = re.search(rf"^{name}=(\S+)$", panel, re.MULTILINE)
    assert found is not None, panel
    return found[1]


async def test_a_coupon_is_sold_with_and_a_second_start_still_knows_it(tmp_path: Path) -> None:
    data_dir, base = tmp_path / "demo", free_base()
    async with demo(data_dir, base) as first:
        panel = await first.read_until(READY, START_TIMEOUT_S)
        token = pasted(panel, "TOKEN")
        sale = re.search(r"sales .*-1' -d '(.*)'$", panel, re.MULTILINE)
        assert sale is not None
        order = json.loads(sale[1].replace("'$TOKEN'", token))
        sold = await first.call(data_dir, "sales", order)
        assert (sold["recorded"], sold["receipt"]) == (True, "MB001-T1-000001")
        assert await first.call(data_dir, "sales", order) == sold
        assert await first.signed_in_everywhere() == ["MB001", "MB002", "MB003"]
        await first.stop()
    async with demo(data_dir, base) as second:
        panel = await second.read_until(READY, START_TIMEOUT_S)
        assert "Setting up" not in panel
        assert pasted(panel, "TOKEN") != token
        scanned = await second.call(data_dir, "scans", {"code": token})
        assert scanned["verdict"]["reason"] == "already_used"
        await second.stop()


async def test_keys_cut_and_mend_the_line_and_end_the_demo(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    data_dir, base = tmp_path / "demo", free_base()
    async with demo(data_dir, base, terminal=theirs) as running:
        panel = await running.read_until(READY, START_TIMEOUT_S)
        assert "keys in this window: c cut, m mend" in panel
        os.write(ours, b"c")
        await running.read_until("MB001 is cut off")

        async def offline() -> bool:
            return not (await running.call(data_dir, "status"))["line"]["online"]

        await until("the store noticed", offline, timeout_s=LINE_TIMEOUT_S)
        os.write(ours, b"s")
        assert "offline 断网" in await running.read_until("MB003")
        os.write(ours, b"m")
        await running.read_until("the line of MB001 passes again")
        os.write(ours, b"q")
        await running.read_until("再见")
        assert await running.process.wait() == 0
    os.close(ours)
    os.close(theirs)


async def test_without_a_terminal_signals_cut_and_mend_the_line(tmp_path: Path) -> None:
    data_dir, base = tmp_path / "demo", free_base()
    async with demo(data_dir, base) as running:
        panel = await running.read_until(READY, START_TIMEOUT_S)
        assert f"kill -USR1 {running.process.pid};" in panel
        running.process.send_signal(signal.SIGUSR1)
        await running.read_until("MB001 is cut off")
        running.process.send_signal(signal.SIGUSR2)
        await running.read_until("the line of MB001 passes again")
        assert "a demo runs already" in await asyncio.to_thread(refusal, data_dir, free_base())
        await running.stop()


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    base = free_base()
    with socket.create_server((LOOPBACK, base + HQ_OFFSET)):
        told = refusal(tmp_path / "demo", base)
    assert f"port {base + HQ_OFFSET} is taken" in told
    assert "--port-base" in told


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    assert "holds something else" in refusal(tmp_path, free_base(), "--fresh")
    assert (tmp_path / "thesis.txt").exists()


def test_only_a_fresh_start_or_a_broken_off_one_begins_anew(tmp_path: Path) -> None:
    directory = DemoDirectory(tmp_path / "demo")
    directory.prepare(fresh=False)
    (directory.path / "hq").mkdir()
    directory.prepare(fresh=False)
    assert not (directory.path / "hq").exists()

    (directory.path / "hq").mkdir()
    directory.mark_supplied()
    directory.prepare(fresh=False)
    assert directory.is_supplied
    assert (directory.path / "hq").exists()
    directory.prepare(fresh=True)
    assert not directory.is_supplied
