"""An open connection to a device: bytes both ways over a file descriptor."""

import asyncio
import fcntl
import os
import socket
import sys
import termios
from collections.abc import Awaitable, Callable
from contextlib import suppress

from drivers.address import OwnAddress
from drivers.transport.remedy import closed, ended, lost

READ_BYTES = 4_096
"""The most that one read returns."""
LOOK_SECONDS = 0.01
"""Between two looks whether the device has got what was written."""

Close = Callable[[], Awaitable[None]]
"""Give the descriptor back to the system."""


class Link:
    """One connection; at most one reader and one writer at a time.

    The end of a connection, however it shows (end of file, EIO, ENODEV, a reset), is a LostError.
    """

    def __init__(self, fd: int, address: OwnAddress, close: Close | None = None) -> None:
        """Take over the non-blocking descriptor `fd`; `close` closes it, else `os.close` does."""
        self._fd = fd
        self._address = address
        self._close = close
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._waiting: set[asyncio.Future[None]] = set()

    def fileno(self) -> int:
        """The descriptor, for an ioctl."""
        return self._fd

    async def read(self) -> bytes:
        """Return 1 to READ_BYTES bytes, as soon as there are any.

        Of a device that never says anything it never returns: cancel it, or close the link.
        """
        while True:
            await self._ready(self._loop.add_reader, self._loop.remove_reader)
            try:
                data = os.read(self._fd, READ_BYTES)
            except BlockingIOError:
                continue
            except OSError as error:
                raise lost(self._address, error) from error
            if not data:
                raise ended(self._address)
            return data

    async def write(self, data: bytes) -> None:
        """Hand all of `data` to the system; waits while the device takes nothing.

        After an error or a cancellation any part of it may have been sent.
        """
        rest = memoryview(data)
        while rest:
            self._check_open()
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                await self._ready(self._loop.add_writer, self._loop.remove_writer)
            except OSError as error:
                raise lost(self._address, error) from error

    async def taken(self) -> None:
        """Return when the system has handed on all that was written; raise LostError.

        On the network the device has acknowledged it then; from a serial line's or USB buffer it
        has gone out. A file takes all at once.
        """
        while self._waiting_bytes():  # noqa: ASYNC110 - the system tells nobody
            await asyncio.sleep(LOOK_SECONDS)
        await self._ready(self._loop.add_writer, self._loop.remove_writer)

    def end(self) -> None:
        """Tell the device that nothing more comes, where the connection is one of the network."""
        self._check_open()
        with suppress(OSError), socket.socket(fileno=os.dup(self._fd)) as same:
            same.shutdown(socket.SHUT_WR)

    async def close(self) -> None:
        """Close it; who reads or writes meanwhile gets a LostError. Closing twice does nothing."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(closed(self._address))
        if self._close:
            await self._close()
        else:
            os.close(self._fd)

    def _waiting_bytes(self) -> int:
        """Bytes written that the other side has not got; 0 where the system can't tell."""
        self._check_open()
        count = bytearray(4)
        with suppress(OSError):  # no socket and no serial line
            fcntl.ioctl(self._fd, termios.TIOCOUTQ, count)  # SIOCOUTQ of a socket is the same
        return int.from_bytes(count, sys.byteorder)

    async def _ready(self, watch: Callable[..., None], unwatch: Callable[[int], bool]) -> None:
        """Return when the descriptor is ready, or broken; raise LostError when it is closed."""
        self._check_open()
        ready = self._loop.create_future()
        self._waiting.add(ready)
        try:
            # epoll takes no regular file; nothing ever comes from one.
            try:
                watch(self._fd, _set, ready)
            except PermissionError:
                if watch == self._loop.add_writer:
                    return
            await ready
        finally:
            self._waiting.discard(ready)
            if not self._closed:
                unwatch(self._fd)

    def _check_open(self) -> None:
        if self._closed:
            raise closed(self._address)


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
