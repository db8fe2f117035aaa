"""Processes of this PC: their names, their units, and what they have open.

Only root sees what other users' processes have open. Files: proc(5); the fields of /proc/net/tcp:
the kernel's Documentation/networking/proc_net_tcp.rst.
"""

import os
import pwd
import re
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

from msgspec import Struct

from agent.store.lock import LOCK_FILE

_LISTENING = "0A"
_NO_PROCESS = "0"
"""The inode of a connection that nobody has accepted."""
_SYSTEMD = 1
"""Keeps the agent's socket, also while it restarts."""
Place = tuple[IPv4Address | IPv6Address, int]
"""Address and port."""
_UNIT = re.compile(r"/([^/]+\.service)(?:/|$)")


class Process(Struct, frozen=True, kw_only=True):
    """A running process."""

    pid: int
    name: str
    unit: str = ""
    """The systemd service it belongs to; empty for none."""

    def __str__(self) -> str:
        """Return it as people read it: `minicom (812)`."""
        return f"{self.name} ({self.pid})"

    @property
    def end(self) -> str:
        """The command that ends it."""
        return f"systemctl stop {self.unit}" if self.unit else f"kill {self.pid}"


class Listener(Struct, frozen=True, kw_only=True):
    """Who listens on a port."""

    user: str
    process: Process | None
    """None: another user's, which only root can see."""

    def is_of(self, agent_pid: int) -> bool:
        """Whether the agent has it (0: none runs), or systemd keeps it for the agent's restart."""
        return self.process is not None and self.process.pid in {agent_pid, _SYSTEMD} - {0}


def agent_process(state_dir: Path) -> str:
    """Return the number of the agent that works in `state_dir`, as its lock says; "0" for none."""
    try:
        told = (state_dir / LOCK_FILE).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return "0"
    return told if told.isdigit() else "0"


def processes(proc: Path) -> Iterator[Process]:
    """Give every process that can be seen."""
    for place in proc.glob("[0-9]*"):
        name = _read(place / "comm")
        if name:
            yield Process(pid=int(place.name), name=name, unit=_unit(place))


def process(proc: Path, pid: int) -> Process:
    """Return one process, whether it still runs or not."""
    place = proc / str(pid)
    return Process(pid=pid, name=_read(place / "comm") or "?", unit=_unit(place))


def openers(proc: Path, directory: Path) -> dict[Path, list[Process]]:
    """Return who else has which files below `directory` open, but for this process."""
    found: dict[Path, list[Process]] = {}
    for place in proc.glob("[0-9]*"):
        if place.name == str(os.getpid()):
            continue
        for file in sorted(_opened(place, directory)):
            found.setdefault(file, []).append(process(proc, int(place.name)))
    return found


def listener(proc: Path, host: str, port: int) -> Listener | None:
    """Return who listens where `host`:`port` would; None for nobody."""
    for fields in _sockets(proc):
        address, at = _place(fields[1])
        if fields[3] != _LISTENING or at != port or not _meets(address, host):
            continue
        holder = _holder_of(proc, f"socket:[{fields[9]}]")
        return Listener(user=user_name(int(fields[7])), process=holder)
    return None


def taker(proc: Path, connection: socket.socket) -> int | None:
    """Return the user id of whose process took this connection to this PC; None before one did."""
    ours, theirs = _end(connection.getsockname()), _end(connection.getpeername())
    for fields in _sockets(proc):
        if (_place(fields[1]), _place(fields[2])) == (theirs, ours) and fields[9] != _NO_PROCESS:
            return int(fields[7])
    return None


def _sockets(proc: Path) -> Iterator[list[str]]:
    for table in ("net/tcp", "net/tcp6"):
        for line in _read(proc / table).splitlines()[1:]:
            yield line.split()


def _holder_of(proc: Path, opened: str) -> Process | None:
    """Systemd only if nobody else has it: it keeps sockets for those who work with them."""
    holders = []
    for place in proc.glob("[0-9]*"):
        try:
            if any(str(link.readlink()) == opened for link in (place / "fd").iterdir()):
                holders.append(int(place.name))
        except OSError:  # another user's, or it has just ended
            continue
    holders.sort(key=lambda pid: (pid == _SYSTEMD, pid))
    return process(proc, holders[0]) if holders else None


def _opened(place: Path, directory: Path) -> set[Path]:
    try:
        targets = [link.readlink() for link in (place / "fd").iterdir()]
    except OSError:  # another user's, or it has just ended
        return set()
    return {target for target in targets if target.is_relative_to(directory)}


def _meets(listens: IPv4Address | IPv6Address, host: str) -> bool:
    """Whether who listens there keeps another from `host`."""
    if listens.is_unspecified:
        return True
    try:
        wanted = ip_address("127.0.0.1" if host == "localhost" else host.strip("[]"))
    except ValueError:
        return False
    return wanted.is_unspecified or listens == wanted


def _end(address: tuple[Any, ...]) -> Place:
    return _plain(ip_address(address[0].partition("%")[0])), address[1]


def _place(text: str) -> Place:
    address, _, port = text.partition(":")
    return _plain(_address(address)), int(port, 16)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """A socket of both families tells an IPv4 address within an IPv6 one."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _address(text: str) -> IPv4Address | IPv6Address:
    """The kernel prints words of 32 bits in the PC's own order."""
    words = (bytes.fromhex(text[at : at + 8]) for at in range(0, len(text), 8))
    raw = b"".join(socket.htonl(int.from_bytes(word, "big")).to_bytes(4, "big") for word in words)
    return ip_address(raw)


def _unit(place: Path) -> str:
    found = _UNIT.findall(_read(place / "cgroup"))
    return found[-1] if found else ""


def user_name(uid: int) -> str:
    """Return the name of a user; the number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""
