"""A store's two lines: real interfaces to another network, behind which head office is reached.

The store's side is this process's network; the provider's is another one, which lives as long as a
thread of this process. What arrives there is forwarded to head office.
"""

import asyncio
import ctypes
import os
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from enum import StrEnum
from pathlib import Path

WIRED, MOBILE = "wired0", "wwan0"
HQ_ADDRESS, HQ_PORT = "10.99.0.1", 8780
_CLONE_NEWNET = 0x40000000
"""unshare(2)"""
_LINES = ((WIRED, "10.77.1", 100), (MOBILE, "10.77.2", 700))
"""Interface, network, metric of its default route."""


class LineTrouble(StrEnum):
    """What becomes of the wired line."""

    DROPPED = "dropped"
    """Everything vanishes, in new and in established connections."""
    REFUSED = "refused"
    HALF_OPEN = "half_open"
    """Connections are established, and silent."""
    UNPLUGGED = "unplugged"


_RULES = {
    LineTrouble.DROPPED: ("oifname {line} drop",),
    LineTrouble.REFUSED: ("oifname {line} meta l4proto tcp reject with tcp reset",),
    LineTrouble.HALF_OPEN: ("oifname {line} tcp flags & syn == 0 drop",),
    LineTrouble.UNPLUGGED: (),
}


@contextmanager
def trouble_on_wire(kind: LineTrouble) -> Iterator[None]:
    """Let it befall the wired line, and mend that in the end."""
    rules = [rule.format(line=WIRED) for rule in _RULES[kind]]
    _run("nft", "-f", "-", told="".join(f"add rule inet faults out {rule}\n" for rule in rules))
    if kind is LineTrouble.UNPLUGGED:
        _run("ip", "link", "set", WIRED, "down")
    try:
        yield
    finally:
        _run("nft", "-f", "-", told="flush chain inet faults out\n")
        if kind is LineTrouble.UNPLUGGED:
            _run("ip", "link", "set", WIRED, "up")
            _route(WIRED, "10.77.1", 100)


@asynccontextmanager
async def two_lines(hq_port: int) -> AsyncIterator[str]:
    """Lay both lines; give the address at which head office is reached by them; it listens on
    loopback here."""
    provider = _Provider()
    listener = await asyncio.to_thread(provider.begin)
    links: set[asyncio.Task[None]] = set()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_forward(reader, writer, hq_port))
        links.add(task)
        task.add_done_callback(links.discard)

    server = await asyncio.start_server(accepted, sock=listener)
    try:
        yield f"http://{HQ_ADDRESS}:{HQ_PORT}"
    finally:
        server.close()
        for task in links:
            task.cancel()
        await asyncio.gather(*links, return_exceptions=True)
        await asyncio.sleep(0)  # for the transports that were aborted to close
        provider.end()


class _Provider:
    """The network beyond the lines, held by a thread that lives in it."""

    def __init__(self) -> None:
        self._ready, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._live, name="provider", daemon=True)
        self._listener: socket.socket | None = None
        self._failed: Exception | None = None

    def begin(self) -> socket.socket:
        """Return a socket that listens there."""
        self._thread.start()
        self._ready.wait()
        if self._listener is None:
            raise RuntimeError("no network for the provider") from self._failed
        return self._listener

    def end(self) -> None:
        """Let the network go, and the lines with it."""
        self._over.set()
        self._thread.join()

    def _live(self) -> None:
        try:
            self._listener = _lay_lines()
        except Exception as error:  # noqa: BLE001 - told by `begin`
            self._failed = error
        self._ready.set()
        self._over.wait()


def _lay_lines() -> socket.socket:
    """Run by the thread: enter another network, tie it to the process's by two lines."""
    libc = ctypes.CDLL(None, use_errno=True)
    store = f"/proc/{os.getpid()}/ns/net"
    if libc.unshare(_CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "unshare")
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "address", "add", f"{HQ_ADDRESS}/32", "dev", "lo")
    for line, network, metric in _LINES:
        far = f"far-{line}"
        _run("ip", "link", "add", far, "type", "veth", "peer", line, "netns", str(os.getpid()))
        _run("ip", "address", "add", f"{network}.1/24", "dev", far)
        _run("ip", "link", "set", far, "up")
        near = ("nsenter", f"--net={store}")
        _run(*near, "ip", "address", "add", f"{network}.2/24", "dev", line)
        _run(*near, "ip", "link", "set", line, "up")
        _run(*near, "sysctl", "-qw", f"net.ipv4.conf.{line}.rp_filter=2")
        _route(line, network, metric, *near)
    listener = socket.create_server((HQ_ADDRESS, HQ_PORT))
    listener.setblocking(False)
    return listener


def _route(line: str, network: str, metric: int, *near: str) -> None:
    route = ("default", "via", f"{network}.1", "dev", line, "metric", str(metric))
    _run(*near, "ip", "route", "replace", *route)


async def _forward(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hq_port: int
) -> None:
    ends = [writer]
    try:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", hq_port)
        ends.append(far_writer)
        async with asyncio.TaskGroup() as pumps:
            pumps.create_task(_pump(reader, far_writer))
            pumps.create_task(_pump(far_reader, writer))
    except* OSError:
        pass
    finally:
        for end in ends:
            end.transport.abort()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while chunk := await source.read(65_536):
        sink.write(chunk)
        await sink.drain()
    sink.write_eof()


def _run(*command: str, told: str = "") -> None:
    subprocess.run(command, input=told, text=True, check=True)


def interfaces_of(directory: Path, *lines: str, url: str) -> None:
    """Write settings beside a store's own: head office at `url`, over the `lines`."""
    named = ", ".join(f'"{line}"' for line in lines)
    place = directory / "agent.toml.d"
    place.mkdir(parents=True)
    text = f'[hq]\nurls = ["{url}"]\ninterfaces = [{named}]\nreturn_seconds = 10\n'
    (place / "lines.toml").write_text(text, "utf-8")
