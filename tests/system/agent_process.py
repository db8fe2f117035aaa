"""The agent as store IT runs it: a process of its own, and the commands beside it."""

import asyncio
import json
import os
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from agent.state_dir import LOCAL_KEY_FILE
from tests.api.till import Till
from tests.lab.ports import free_port
from tests.services.chain import STORE, Chain

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
COMMAND = (sys.executable, "-m", "agent.cli")


class AgentFiles:
    """The settings and the state directory of one store."""

    def __init__(self, chain: Chain, directory: Path) -> None:
        self.chain = chain
        self.port = free_port()
        self.state_dir = directory / "state"
        self.config = directory / "agent.toml"
        self.config.write_text(
            f'[store]\ncode = "{STORE}"\n[paths]\nstate_dir = "{self.state_dir}"\n'
            f'[api]\nport = {self.port}\n[hq]\nroot_key = "{chain.root_key}"\n'
            '[log]\nlevel = "debug"\nformat = "json"\n'
        )

    def run(
        self, *arguments: str, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `store-agent` with these arguments and the store's settings to its end."""
        return subprocess.run(
            [*COMMAND, *arguments, "--config", str(self.config)],
            env=os.environ | (environ or {}),
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
        )


class AgentProcess:
    """A running agent."""

    def __init__(self, files: AgentFiles, process: Process) -> None:
        self.process = process
        self._files = files
        self._stderr: list[bytes] = []
        self._reading = asyncio.create_task(self._read())
        self._listening = asyncio.Event()

    async def listening(self) -> None:
        """Return when the local API answers."""
        async with asyncio.timeout(START_TIMEOUT_S):
            await self._listening.wait()

    async def end(self) -> int:
        """Return the exit code once the process has ended."""
        async with asyncio.timeout(STOP_TIMEOUT_S):
            return await self.process.wait()

    async def output(self) -> tuple[str, str]:
        """Return all that the ended process wrote to stdout and stderr."""
        assert self.process.stdout is not None
        await self._reading
        return (await self.process.stdout.read()).decode(), b"".join(self._stderr).decode()

    @asynccontextmanager
    async def till(self) -> AsyncIterator[Till]:
        """A till with the key of this PC."""
        key = (self._files.state_dir / LOCAL_KEY_FILE).read_text().strip()
        async with aiohttp.ClientSession() as session:
            yield Till(session, self._files.port, key)

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self._stderr.append(line)
            if line.startswith(b"{") and json.loads(line)["event"] == "listening":
                self._listening.set()
        self._listening.set()


@asynccontextmanager
async def running(files: AgentFiles) -> AsyncIterator[AgentProcess]:
    """Start the agent, wait until it listens; kill it in the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "run", "--config", str(files.config), stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    )
    agent = AgentProcess(files, process)
    try:
        await agent.listening()
        yield agent
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await agent.output()
