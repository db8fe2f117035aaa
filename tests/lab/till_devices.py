"""The devices of one till in the lab: a scanner on a pty and a receipt printer with its page."""

from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from agent.base.clock import SystemClock
from drivers.virtual.ports import TcpPort
from drivers.virtual.printer_device import VirtualPrinter
from drivers.virtual.printer_page import make_page
from drivers.virtual.scanner import VirtualScanner
from tests.lab.ports import LOOPBACK, free_port

COLUMNS = 48
SHUTDOWN_S = 0.5

_SETTINGS = """
[scanner]
addresses = ["serial:{scanner}"]

[printer]
address = "{printer}"
columns = {columns}
"""


class TillDevices:
    """Plugged in as long as the context lasts."""

    def __init__(
        self, directory: Path, *, printer_port: int | None = None, page_port: int | None = None
    ) -> None:
        """The scanner appears in `directory`."""
        self._directory = directory
        self._printer_port = free_port() if printer_port is None else printer_port
        self._page_port = free_port() if page_port is None else page_port
        self._stack = AsyncExitStack()
        self.printer = VirtualPrinter(columns=COLUMNS, clock=SystemClock())
        self.scanner: VirtualScanner

    async def __aenter__(self) -> Self:
        self._directory.mkdir(parents=True, exist_ok=True)
        async with self._stack:
            self.scanner = self._stack.enter_context(VirtualScanner(self._directory / "scanner"))
            port = TcpPort(self.printer, host=LOOPBACK, port=self._printer_port)
            await self._stack.enter_async_context(self.printer.running(port))
            await self._serve_page()
            self._stack = self._stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    @property
    def page_url(self) -> str:
        """Where the printer shows its receipts."""
        return f"http://{LOOPBACK}:{self._page_port}/"

    @property
    def settings(self) -> str:
        """The agent's settings for these devices, in TOML."""
        return _SETTINGS.format(
            scanner=self.scanner.path.absolute(),
            printer=f"tcp://{LOOPBACK}:{self._printer_port}",
            columns=COLUMNS,
        )

    async def _serve_page(self) -> None:
        runner = web.AppRunner(make_page(self.printer), shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, LOOPBACK, self._page_port).start()
