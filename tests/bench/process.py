"""A server in a process of its own, there to be measured: how it is started, ready and stopped."""

import asyncio
import subprocess
import sys
from collections.abc import Sequence

from aiohttp import web

STOP_TIMEOUT_S = 10.0


class ServerProcess:
    """Runs `python -m MODULE ARGUMENTS`, a module that calls `serve`.

    The child ends when its standard input does: it cannot outlive the process that started it.
    """

    def __init__(self, module: str, arguments: Sequence[str]) -> None:
        self._command = [sys.executable, "-m", module, *arguments]
        self._process: subprocess.Popen[str] | None = None
        self.port = 0
        """The loopback port it listens on, once started."""

    def start(self) -> None:
        """Return when the server listens; RuntimeError when it ends before."""
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C at the terminal is for the bench, which stops us
        )
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        if not ready:
            raise RuntimeError(f"{self._command} ended with {self._process.wait()}")
        self.port = int(ready)

    def stop(self) -> None:
        """Close its standard input and wait; a server that hangs is killed. Idempotent."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.communicate(timeout=STOP_TIMEOUT_S)
        finally:
            process.kill()
            process.wait()


async def serve(app: web.Application) -> None:
    """Serve on a free loopback port, print it as the ready signal, end with standard input."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    parent_gone = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), parent_gone.set)
    await parent_gone.wait()
    await runner.cleanup()
