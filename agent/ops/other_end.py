"""Who takes a connection to the local API: nothing is asked of another user's program.

While the agent is stopped, any program of this PC may listen in its place, and would read the key
that a command sends. The kernel tells whose the other end of a connection is: proc_net_tcp.rst.
"""

import socket
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.request import HTTPHandler, OpenerDirector, ProxyHandler, Request, build_opener

from agent.ops.processes import taker, user_name

TAKEN_WITHIN_S = 5.0
"""A loop that turns takes a connection within milliseconds; one that hangs is told as such."""
_LOOK_AGAIN_S = 0.01
PROC = Path("/proc")


class StrangerError(Exception):
    """The other end is not the agent's; the message says whose it is."""


class NotTakenError(OSError):
    """Nobody took the connection in time."""


def check_other_end(connection: socket.socket, owner: int) -> None:
    """Return when a process of user `owner` has taken the connection.

    Raises StrangerError when another user's has, NotTakenError when nobody does.
    """
    until = time.monotonic() + TAKEN_WITHIN_S
    while (found := taker(PROC, connection)) is None:
        if time.monotonic() > until:
            raise NotTakenError("the connection is not taken up")
        time.sleep(_LOOK_AGAIN_S)
    if found != owner:
        raise StrangerError(
            f"a program of user {user_name(found)} answers there, not the agent, which is of user "
            f"{user_name(owner)}"
        )


def opener_to(owner: int) -> OpenerDirector:
    """Return what opens pages of a process of user `owner` alone, and by way of no proxy."""
    return build_opener(ProxyHandler({}), _Handler(owner))


class _Connection(HTTPConnection):
    def __init__(self, *arguments: Any, owner: int, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._owner = owner

    def connect(self) -> None:
        """Connect; nothing was sent when this raises."""
        super().connect()
        check_other_end(self.sock, self._owner)


class _Handler(HTTPHandler):
    def __init__(self, owner: int) -> None:
        super().__init__()
        self._connection: Callable[..., HTTPConnection] = partial(_Connection, owner=owner)

    def http_open(self, req: Request) -> Any:
        """Open it over a connection whose other end is known."""
        return self.do_open(self._connection, req)
