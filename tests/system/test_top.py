"""`store-agent top` on a real terminal of 80 x 24: what happens is seen, Ctrl-C leaves no trace."""

import asyncio
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

import pyte
import pytest

from agent.ops.top.view import View
from tests.api.till import sale
from tests.system.agent_process import COMMAND, AgentFiles, running

COLUMNS, LINES = 80, 24
TIMEOUT_S = 60.0
ALTERNATE_ON, ALTERNATE_OFF, CURSOR_ON = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"


class Terminal:
    """A pseudo-terminal with a program on it, and what a person sees there."""

    def __init__(self, files: AgentFiles) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self.written = b""
        self.process = subprocess.Popen(
            [*COMMAND, "top", "--config", str(files.config)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=os.environ | {"TERM": "xterm-256color"},
            start_new_session=True,
        )
        os.close(slave)
        self.changed = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._master, self._read)

    async def shows(self, wanted: Callable[[str], bool]) -> str:
        """Return what is seen once it is as wanted."""
        async with asyncio.timeout(TIMEOUT_S):
            while not wanted("\n".join(self._screen.display)):
                self.changed.clear()
                await self.changed.wait()
        return "\n".join(self._screen.display)

    async def end(self) -> int:
        """Return the exit status once the program has ended and all it wrote is read."""
        async with asyncio.timeout(TIMEOUT_S):
            return await asyncio.to_thread(self.process.wait)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._master)
        os.close(self._master)
        self.process.kill()
        self.process.wait()

    def _read(self) -> None:
        try:
            told = os.read(self._master, 65_536)
        except OSError:  # the other side has ended
            asyncio.get_running_loop().remove_reader(self._master)
            return
        self.written += told
        self._stream.feed(told)
        self.changed.set()


@contextmanager
def terminal(files: AgentFiles) -> Iterator[Terminal]:
    opened = Terminal(files)
    try:
        yield opened
    finally:
        opened.close()


async def test_what_happens_is_seen_and_ctrl_c_leaves_the_terminal_as_it_was(
    files: AgentFiles,
) -> None:
    async with running(files) as agent, agent.till() as till:
        with terminal(files) as seen:
            await seen.shows(lambda screen: "0 to be synced" in screen)
            for _ in range(3):
                assert (await till.post("/api/v1/sales", sale())).status == 201
            screen = await seen.shows(lambda screen: "3 to be synced" in screen)
            assert "MB001  store-agent" in screen
            assert "No head office" in screen
            os.killpg(seen.process.pid, signal.SIGINT)
            assert await seen.end() == 0
            assert seen.written.startswith(ALTERNATE_ON)
            assert seen.written.rstrip().endswith(CURSOR_ON) or CURSOR_ON in seen.written[-40:]
            assert ALTERNATE_OFF in seen.written[-60:]
            assert b"Traceback" not in seen.written
        plain = await asyncio.to_thread(files.run, "top")
        assert plain.returncode == 0
        assert "3 to be synced" in plain.stdout
        assert "\x1b" not in plain.stdout, "no colour where there is no terminal"


async def test_without_an_agent_it_says_so_and_waits_for_one(files: AgentFiles) -> None:
    with terminal(files) as seen:
        await seen.shows(lambda screen: "no agent answers" in screen)
        async with running(files):
            await seen.shows(lambda screen: "0 to be synced" in screen)
        await seen.shows(lambda screen: "0 to be synced" not in screen)
        os.killpg(seen.process.pid, signal.SIGINT)
        assert await seen.end() == 0


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 10), (200, 60), (1, 1)])
def test_the_lines_fit_the_terminal_and_a_scanned_code_is_not_shown_whole(
    width: int, height: int
) -> None:
    view = View(ZoneInfo("Asia/Shanghai"))
    for number in range(300):
        code = f"SECRET-{number}-\x1b[2J扫码"
        facts = {"code": code, "scanner": "scanner-1"}
        view.hear({"topic": "scan", "till": "T1", "facts": facts})
    lines = view.lines(width=width, height=height)
    assert len(lines) <= height
    assert all(line.cell_len <= width for line in lines)
    text = "\n".join(line.plain for line in lines)
    assert "SECRET" not in text
    assert "\x1b" not in text
