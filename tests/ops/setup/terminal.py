"""`store-agent setup` on a real terminal, and without one."""

import asyncio
import fcntl
import os
import pty
import termios
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from agent.cli import main
from tests.system.agent_process import COMMAND

PATIENCE_S = 30.0
ENGLISH = {"LC_ALL": "en_US.UTF-8", "PYTHONUTF8": "1"}
CHINESE = {"LC_ALL": "zh_CN.UTF-8", "PYTHONUTF8": "1"}


class Terminal:
    """A pseudo-terminal with the command on it."""

    def __init__(self, process: Process, ours: int) -> None:
        self.process = process
        self.shown = ""
        """Everything that stood on the screen."""
        self._ours = ours
        self._read_up_to = 0
        self._came = asyncio.Event()
        asyncio.get_running_loop().add_reader(ours, self._take)

    async def until(self, words: str) -> str:
        """Return what is shown from the last such call up to these words."""
        async with asyncio.timeout(PATIENCE_S):
            while words not in self.shown[self._read_up_to :]:
                self._came.clear()
                assert self.process.returncode is None, self.shown
                await self._came.wait()
        begin, self._read_up_to = self._read_up_to, self.shown.index(words, self._read_up_to)
        self._read_up_to += len(words)
        return self.shown[begin : self._read_up_to]

    def type(self, text: str | bytes) -> None:
        """Type a line."""
        os.write(self._ours, (text if isinstance(text, bytes) else text.encode()) + b"\n")

    async def answer(self, words: str, text: str | bytes = "") -> str:
        """Type `text` when asked with these words; return what was shown before."""
        shown = await self.until(words)
        self.type(text)
        return shown

    async def end(self) -> int:
        """Return the exit status."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.process.wait()

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._ours)
        os.close(self._ours)

    def _take(self) -> None:
        try:
            self.shown += os.read(self._ours, 65_536).decode(errors="replace")
        except OSError:  # EIO: the other side is closed
            asyncio.get_running_loop().remove_reader(self._ours)
        self._came.set()


@asynccontextmanager
async def setting_up(
    config: Path, *arguments: str, environ: Mapping[str, str] = ENGLISH
) -> AsyncIterator[Terminal]:
    """Start setup on a terminal; kill it in the end if it still runs."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        "setup",
        "--config",
        str(config),
        *arguments,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, **environ},
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(theirs)
    terminal = Terminal(process, ours)
    try:
        yield terminal
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        terminal.close()


class Done(NamedTuple):
    """A command that ended."""

    returncode: int
    stdout: str
    stderr: str


async def unattended(
    config: Path, *arguments: str, environ: Mapping[str, str] | None = None, stdin: str = ""
) -> Done:
    """Run setup to its end where nobody can be asked."""
    words = ["setup", "--config", str(config), *arguments]
    with (
        patch.dict(os.environ, {**ENGLISH, **(environ or {})}),
        patch("sys.stdin", StringIO(stdin)),
        redirect_stdout(StringIO()) as out,
        redirect_stderr(StringIO()) as err,
    ):
        code = await asyncio.to_thread(main, words)
    return Done(code, out.getvalue(), err.getvalue())


def _take_terminal() -> None:
    """Make it the controlling terminal, as a login does: getpass opens /dev/tty."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
