"""The agent in a process of its own, with a till at its local API."""

import asyncio
import json
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from agent.services.line.apply_changes import ChangeApplier
from agent.state_dir import DATABASE_FILE, LOCAL_KEY_FILE
from agent.store.line import journal
from tests.api.till import Till
from tests.faults.audit import audit
from tests.faults.desk import open_desk
from tests.faults.head_office import ROOT_KEY, STORE, page

LOG_FILE = f"{DATABASE_FILE}-wal"
TIMEOUT_S = 20.0
"""Longest wait for a line of the log or an answer."""


async def deliver_feed(state_dir: Path) -> None:
    """Put a store's database that holds head office's feed into the directory."""
    async with open_desk(state_dir) as desk:
        await ChangeApplier(desk).apply(page(desk.time.now()))


class AgentProcess:
    """A running agent, and its files as it sees them itself."""

    def __init__(self, process: Process, state_dir: Path) -> None:
        self.state_dir = Path(f"/proc/{process.pid}/root{state_dir}")
        self._process = process

    async def logged(self, event: str) -> dict[str, Any]:
        """Return the next line of the log that tells of `event`."""
        assert self._process.stderr is not None
        lines = []
        async with asyncio.timeout(TIMEOUT_S):
            while line := await self._process.stderr.readline():
                lines.append(line.decode())
                entry: dict[str, Any] = json.loads(line)
                if entry["event"] == event:
                    return entry
        raise EOFError(f"the agent ended: {''.join(lines)}")

    async def end(self) -> list[dict[str, Any]]:
        """End the agent; return the lines of its log that were not read yet."""
        self._process.terminate()
        _, told = await self._process.communicate()
        return [json.loads(line) for line in told.splitlines()]

    async def audit(self, copy: Path) -> int:
        """Check what a restart would find now; return the number of events.

        Takes a `copy` of the files, the log first: a checkpoint meanwhile takes nothing away.
        """
        self._copy(copy)
        async with open_desk(copy) as desk:
            await desk.database.read(audit)
            return (await desk.database.read(journal.tip)).seq

    def _copy(self, copy: Path) -> None:
        copy.mkdir()
        for name in (LOG_FILE, DATABASE_FILE):
            if (self.state_dir / name).exists():
                shutil.copy(self.state_dir / name, copy)


@asynccontextmanager
async def run_agent(
    state_dir: Path, *, around: Sequence[str] = (), settings: str = "", module: str = "agent.cli"
) -> AsyncIterator[tuple[AgentProcess, Till]]:
    """Start an agent as `start_agent` does, and a till; kill the agent in the end."""
    process = await start_agent(state_dir, around=around, settings=settings, module=module)
    try:
        agent = AgentProcess(process, state_dir)
        listening = await agent.logged("listening")
        port = int(listening["url"].rpartition(":")[2])
        key = (agent.state_dir / LOCAL_KEY_FILE).read_text("ascii").strip()
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            yield agent, Till(session, port, key)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def start_agent(
    state_dir: Path, *, around: Sequence[str] = (), settings: str = "", module: str = "agent.cli"
) -> Process:
    """Start `store-agent run` with `around` before the command and more lines of `settings`.

    `module`: the command line, or a changed one for a control.
    """
    config = state_dir.with_name("agent.toml")
    config.write_text(
        f'store.code = "{STORE}"\npaths.state_dir = "{state_dir}"\napi.port = 0\n'
        f'hq.root_key = "{ROOT_KEY}"\nlog.format = "json"\n{settings}\n',
        "ascii",
    )
    command = [sys.executable, "-m", module, "run", "--config", str(config)]
    return await asyncio.create_subprocess_exec(*around, *command, stderr=PIPE)
