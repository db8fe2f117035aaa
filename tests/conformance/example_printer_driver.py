"""A driver that somebody else brought: an ESC/POS printer behind a socket of the file system."""

import asyncio
import socket
from functools import partial

from agent.base.clock import Clock
from drivers.address import FileAddress
from drivers.connection import Connection
from drivers.errors import AddressError, LostError
from drivers.ports import StatusListener
from drivers.printer.options import PrinterOptions
from drivers.printer.printer import EscPosPrinter
from drivers.transport.link import Link
from tests.conformance.haste import HASTY, PATIENCE, nap


def make_printer(
    name: str,
    address: str,
    options: PrinterOptions,
    *,
    on_status: StatusListener,
    clock: Clock,
) -> EscPosPrinter:
    """What the entry point leads to."""
    path, _, haste = address.partition("?")
    if not path.startswith("/"):
        raise AddressError(f"socket:{address} is no path; write socket:/PATH or socket:/PATH?hasty")
    connection = Connection(
        name=name,
        open_link=partial(_open, path),
        on_status=on_status,
        clock=clock,
        sleep=nap,
    )
    return EscPosPrinter(
        name=name,
        address=address,
        options=options,
        connection=connection,
        patience=HASTY if haste else PATIENCE,
    )


async def _open(path: str) -> Link:
    connected = socket.socket(socket.AF_UNIX)
    connected.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(connected, path)
    except OSError as error:
        connected.close()
        raise LostError(f"nothing listens at {path}: {error}", f"ls -l {path}") from error
    return Link(connected.detach(), FileAddress(path=path))
