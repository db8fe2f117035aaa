"""A listening socket that outlives its process: systemd keeps it while the service restarts.

Who connects meanwhile waits for the next process instead of being refused. The socket is handed
over as sd_pid_notify_with_fds(3) has it and comes back as in sd_listen_fds(3); the unit needs
FileDescriptorStoreMax=. After a stop systemd closes it.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

from agent.base.notify import socket_address

NAME = "listening"
_FIRST = 3
"""SD_LISTEN_FDS_START: where descriptors that systemd passes begin."""


class SocketKeeper:
    """Gives back what an earlier process left, and leaves a socket to the next one."""

    def __init__(self, *, address: str | None = None, left: tuple[socket.socket, ...] = ()) -> None:
        self._address = address
        self._left = left

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "SocketKeeper":
        """Read NOTIFY_SOCKET and LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES."""
        left: list[socket.socket] = []
        if environ.get("LISTEN_PID") == str(os.getpid()):
            names = environ.get("LISTEN_FDNAMES", "").split(":")
            for place in range(int(environ.get("LISTEN_FDS", "0"))):
                os.set_inheritable(_FIRST + place, False)
                if place < len(names) and names[place] == NAME:
                    left.append(socket.socket(fileno=_FIRST + place))
        return cls(address=socket_address(environ.get("NOTIFY_SOCKET", "")), left=tuple(left))

    def take(self, host: str, port: int) -> socket.socket | None:
        """Return the socket that listens on `host` and `port`; close what listens elsewhere."""
        wanted = None
        for one in self._left:
            if one.getsockname()[:2] == (host, port):
                wanted = one
            else:
                one.close()
                self._send(f"FDSTOREREMOVE=1\nFDNAME={NAME}")
        self._left = ()
        return wanted

    def keep(self, descriptor: int) -> None:
        """Leave a socket to the next process; lost without a word if nobody keeps it."""
        self._send(f"FDSTORE=1\nFDNAME={NAME}", descriptor)

    def _send(self, message: str, *descriptors: int) -> None:
        if self._address is None:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.connect(self._address)  # send_fds() takes an address, and passes it over
            socket.send_fds(sender, [message.encode()], descriptors)
