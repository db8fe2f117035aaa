"""Tells systemd how the service is: ready, stopping, a status line, and that its loop still turns.

The protocol of sd_notify(3), a datagram of lines NAME=VALUE. It is written out here because it is
that small, while the usual package (sdnotify) had its last release in 2017.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Self

READY_WAIT_S = 5.0
"""Readiness must be heard, also by a systemd that is busy; nothing else may hold up the loop."""
_MICROSECONDS = 1_000_000


class NotifyError(Exception):
    """systemd set a variable that can't be understood, or its socket can't be reached."""


class Notifier:
    """The way to the service manager; without one (a terminal, a test) nothing is sent."""

    def __init__(self, *, address: str | None, watchdog_interval_s: float | None) -> None:
        self._address = address
        self.watchdog_interval_s = watchdog_interval_s
        """Seconds between two feeds, half of what systemd allows; None = no watchdog."""

    @property
    def is_heard(self) -> bool:
        """Whether a service manager started this process."""
        return self._address is not None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], *, pid: int | None = None) -> Self:
        """Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; raise NotifyError if malformed."""
        return cls(
            address=socket_address(environ.get("NOTIFY_SOCKET", "")),
            watchdog_interval_s=_watchdog_interval_s(environ, os.getpid() if pid is None else pid),
        )

    def ready(self, status: str) -> None:
        """The service does its work from now on; raise NotifyError if systemd can't hear it."""
        try:
            self._send(f"READY=1\n{_status(status)}", wait_s=READY_WAIT_S)
        except OSError as error:
            raise NotifyError(
                f"NOTIFY_SOCKET {self._address!r} can't be reached: {error}"
            ) from error

    def status(self, text: str) -> None:
        """Set the line that `systemctl status` shows; lost without a word if nobody listens."""
        with suppress(OSError):
            self._send(_status(text))

    def stopping(self, status: str) -> None:
        """The service has begun to stop; lost without a word if nobody listens."""
        with suppress(OSError):
            self._send(f"STOPPING=1\n{_status(status)}")

    def feed_watchdog(self) -> None:
        """Say once that the service is alive."""
        # One lost feed is made good by the next; if none arrives any more, systemd restarts us.
        with suppress(OSError):
            self._send("WATCHDOG=1")

    async def run_watchdog(
        self, stop: asyncio.Event, alive: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Feed the watchdog until `stop`, from the event loop: one that is stuck feeds nothing.

        `alive` is awaited before each feed; while it does not return nothing is fed either.
        """
        feeding = asyncio.create_task(self._feed(alive), name="watchdog")
        try:
            await stop.wait()
        finally:
            feeding.cancel()
            await asyncio.wait({feeding})

    async def _feed(self, alive: Callable[[], Awaitable[None]] | None) -> None:
        while self.watchdog_interval_s is not None:
            if alive is not None:
                await alive()
            self.feed_watchdog()
            await asyncio.sleep(self.watchdog_interval_s)

    def _send(self, message: str, *, wait_s: float = 0) -> None:
        if self._address is None:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(wait_s)
            sender.sendto(message.encode(), self._address)


def _status(text: str) -> str:
    """A line break would begin another variable."""
    return f"STATUS={' '.join(text.splitlines())}"


def socket_address(value: str) -> str | None:
    """Return where NOTIFY_SOCKET leads; None: nowhere. Raise NotifyError.

    A path, or the address of an abstract socket, which systemd writes with @ for its NUL.
    """
    if not value:
        return None
    if value.startswith("/"):
        return value
    if value.startswith("@"):
        return "\0" + value[1:]
    raise NotifyError(f"NOTIFY_SOCKET: expected /path or @name, got {value!r}")


def _watchdog_interval_s(environ: Mapping[str, str], pid: int) -> float | None:
    usec = environ.get("WATCHDOG_USEC", "")
    if not usec or environ.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    if not (usec.isascii() and usec.isdigit() and int(usec) > 0):
        raise NotifyError(f"WATCHDOG_USEC: expected microseconds above 0, got {usec!r}")
    return int(usec) / _MICROSECONDS / 2
