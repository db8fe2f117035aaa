"""store-hq run as a process of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from tests.hq.waiting import DEADLINE_S

PROGRAM = "import sys; from sync.hq.cli import main; sys.exit(main(['run']))"


class Process:
    """A running store-hq, with its log as it comes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.url = ""
        self.log = b""
        """What it has logged, as far as it was read."""

    async def log_until(self, event: str) -> dict[str, Any]:
        """The first log line from now on with that event."""
        assert self.process.stderr is not None
        async with asyncio.timeout(DEADLINE_S):
            while line := await self.process.stderr.readline():
                self.log += line
                facts: dict[str, Any] = msgspec.json.decode(line)
                if facts["event"] == event:
                    return facts
        raise AssertionError(f"the log ended without {event}: {self.log.decode()}")

    async def end(self) -> int:
        """The exit status, once it has ended and its log is whole."""
        async with asyncio.timeout(DEADLINE_S):
            _, rest = await self.process.communicate()
        self.log += rest
        assert self.process.returncode is not None
        return self.process.returncode


@asynccontextmanager
async def running(dsn: str, keys_dir: Path, **environ: str) -> AsyncIterator[Process]:
    """Start store-hq run; kill it at the end if it still runs."""
    environ = {"STORE_HQ_PATHS__KEYS_DIR": str(keys_dir), **environ}
    process = Process(
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            PROGRAM,
            stderr=asyncio.subprocess.PIPE,
            env=_environ({"STORE_HQ_DATABASE__DSN": dsn, "STORE_HQ_SERVER__PORT": "0", **environ}),
        )
    )
    try:
        yield process
    finally:
        if process.process.returncode is None:
            process.process.kill()
        await process.process.communicate()


@asynccontextmanager
async def serving(dsn: str, keys_dir: Path, **environ: str) -> AsyncIterator[Process]:
    """A process that listens."""
    async with running(dsn, keys_dir, **environ) as process:
        process.url = (await process.log_until("listening"))["url"]
        yield process


def _environ(settings: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **settings, "PYTHONPATH": str(Path(__file__).parents[2])}
