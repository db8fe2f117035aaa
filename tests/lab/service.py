"""A service of the lab: a real process that tells when it is ready, and never outlives the lab."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0
LOG_TAIL_CHARS = 2_000

# Set in the child before it becomes the service: the kernel kills it when the lab dies, however.
_TIED_TO_US = ("setpriv", "--pdeathsig", "KILL")


class ServiceStartError(RuntimeError):
    """The service ended, or was not ready in time; holds the end of its log."""


def console_script(name: str) -> str:
    """The full path of a command that is installed beside this Python."""
    return str(Path(sys.executable).with_name(name))


class Service:
    """Runs `command`, a program that speaks sd_notify(3), with its output in the file `log`.

    Start it from the main thread: the kernel ties the process to the thread that made it.
    """

    def __init__(self, name: str, command: Sequence[str], *, log: Path) -> None:
        self.name = name
        self._command = [*_TIED_TO_US, *command]
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process is not None and running else None

    async def start(self) -> None:
        """Return when the service has said that it is ready. ServiceStartError."""
        if self.pid is not None:
            return
        with _ready_socket() as (ear, address), self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | {"NOTIFY_SOCKET": address},
                start_new_session=True,  # Ctrl-C at the terminal is for the lab, which stops us
            )
            await self._wait_until_ready(ear, self._process)

    async def stop(self) -> None:
        """Ask it to stop and wait for its end; does nothing if it doesn't run."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise

    async def kill(self) -> None:
        """Kill it (SIGKILL) and wait for its end."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    def log_tail(self) -> str:
        """The end of what it wrote."""
        return self._log.read_text(errors="replace")[-LOG_TAIL_CHARS:]

    async def _wait_until_ready(
        self, ear: socket.socket, process: asyncio.subprocess.Process
    ) -> None:
        ready = asyncio.create_task(_hear_ready(ear))
        ended = asyncio.create_task(process.wait())
        try:
            await asyncio.wait(
                {ready, ended}, timeout=START_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
            )
            if not ready.done():
                await self.kill()
                raise ServiceStartError(f"{self.name} did not start:\n{self.log_tail()}")
        finally:
            for task in (ready, ended):
                task.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)


@contextmanager
def _ready_socket() -> Iterator[tuple[socket.socket, str]]:
    """A datagram socket and its address as NOTIFY_SOCKET has it; the kernel chooses the name."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.setblocking(False)
        ear.bind("")
        yield ear, "@" + ear.getsockname()[1:].decode("ascii")


async def _hear_ready(ear: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while b"READY=1" not in (await loop.sock_recv(ear, 4096)).splitlines():
        pass
