"""Runs a virtual receipt printer: `python -m drivers.virtual.printer --port 9100 --web-port 8780`.

It prints what comes by TCP, and shows it on a page with buttons for every trouble.
"""

import argparse
import asyncio
import signal
from collections.abc import Sequence

from aiohttp import web

from agent.base.clock import SystemClock
from drivers.printer.paper.layout import COLUMNS_80MM, MAX_COLUMNS, MIN_COLUMNS
from drivers.virtual.ports import LOOPBACK, TcpPort
from drivers.virtual.printer_condition import Lack
from drivers.virtual.printer_device import VirtualPrinter
from drivers.virtual.printer_page import make_page

PORT = 9_100
"""Where network printers listen."""
WEB_PORT = 8_780
SHUTDOWN_SECONDS = 0.5


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until SIGINT or SIGTERM."""
    options = _parser().parse_args(arguments)
    printer = VirtualPrinter(columns=options.columns, clock=SystemClock(), lacks=options.lacks)
    asyncio.run(_serve(printer, options.host, options.port, options.web_port))


async def _serve(printer: VirtualPrinter, host: str, port: int, web_port: int) -> None:
    runner = web.AppRunner(make_page(printer), shutdown_timeout=SHUTDOWN_SECONDS)
    async with printer.running(tcp := TcpPort(printer, host=host, port=port)):
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, web_port)
            await site.start()
            shown_at = runner.addresses[0][1]
            print(
                f"virtual printer: {tcp.address}, receipts: http://{host}:{shown_at}/", flush=True
            )
            await _told_to_stop()
        finally:
            await runner.cleanup()


async def _told_to_stop() -> None:
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m drivers.virtual.printer", description="A receipt printer to look at."
    )
    parser.add_argument("--host", default=LOOPBACK, help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=PORT, help="for receipts (%(default)s; 0: any)")
    parser.add_argument("--web-port", type=int, default=WEB_PORT, help="the page (%(default)s)")
    parser.add_argument(
        "--columns",
        type=int,
        default=COLUMNS_80MM,
        choices=range(MIN_COLUMNS, MAX_COLUMNS + 1),
        metavar="N",
        help="characters in a line: 32 on 58 mm paper, 48 on 80 mm (%(default)s)",
    )
    parser.add_argument(
        "--lacks",
        type=Lack,
        action="append",
        default=[],
        metavar="WHAT",
        help=f"what it does not know, any number of times: {', '.join(Lack)}",
    )
    return parser


if __name__ == "__main__":
    main()
