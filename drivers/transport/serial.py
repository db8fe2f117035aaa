"""Serial lines: opened and set by pyserial, read and written as a `Link`."""

import asyncio
import contextlib
import fcntl
import termios
import time
from functools import partial

import serial

from drivers.address import SerialAddress
from drivers.errors import LostError
from drivers.transport.link import Link
from drivers.transport.remedy import lost

LINGER_SECONDS = 2.0
"""How long a closing line may go on sending what it was given."""
_LOOK_SECONDS = 0.02


async def open_serial(address: SerialAddress) -> Link:
    """Open the line at `address` for us alone, 8N1; raise LostError.

    Of two programs that read a line each gets some of a code's bytes, and a wrong code comes of it.
    pyserial locks the line by flock(), which only those respect who ask for it too; after TIOCEXCL
    the system refuses everybody else but root. It does not end who has the line open already.

    pyserial's own write() never returns while a non-blocking line takes nothing (its issue 280),
    so that reading and writing are the Link's.
    """
    opening = asyncio.ensure_future(asyncio.to_thread(_open, address))
    try:
        port = await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close_unwanted)
        raise
    return Link(port.fileno(), address, partial(asyncio.to_thread, _close, port))


def _open(address: SerialAddress) -> serial.Serial:
    try:
        port = serial.Serial(
            address.path,
            address.baud,
            timeout=0,
            exclusive=True,
            rtscts=address.flow == "hardware",
            xonxoff=address.flow == "software",
        )
        fcntl.ioctl(port.fileno(), termios.TIOCEXCL)
    except OSError as error:  # SerialException is one
        raise lost(address, error) from error
    except (termios.error, ValueError) as error:
        raise LostError(f"{address.path} is no serial line: {error}") from error
    return port


def _close(port: serial.Serial) -> None:
    """Close the port; what it can't send in time is thrown away, lest the system waits for it."""
    try:
        deadline = time.monotonic() + LINGER_SECONDS
        while port.out_waiting and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)
        port.reset_output_buffer()
    except (OSError, termios.error):  # unplugged: nothing to wait for
        pass
    finally:
        _let_go(port)


def _let_go(port: serial.Serial) -> None:
    """Close the port at once, open to others again also where it stays open (a pseudo-terminal)."""
    with contextlib.suppress(OSError):  # unplugged
        fcntl.ioctl(port.fileno(), termios.TIOCNXCL)
    port.close()


def _close_unwanted(opening: asyncio.Future[serial.Serial]) -> None:
    if not opening.cancelled() and not opening.exception():
        _let_go(opening.result())
