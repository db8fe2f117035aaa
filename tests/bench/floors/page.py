"""The floor of a scan in the browser: serial line → socket → page → one POST → the page's text."""

import argparse
import asyncio
import tty
from collections.abc import AsyncIterator, Awaitable, Callable
from io import FileIO
from pathlib import Path

from aiohttp import web

from tests.bench.process import ServerProcess, serve

READY = "body[data-ready]"
"""Selector of the page once it hears its socket."""
_PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>floor</title>
<script type="module" src="/floor.js"></script><body><p id="verdict">…</p></body></html>"""
_SCRIPT = """
const socket = new WebSocket(`ws://${location.host}/events`);
socket.onopen = () => { document.body.dataset.ready = "yes"; };
socket.onmessage = async ({ data }) => {
  const answer = await fetch("/scans", { method: "POST", body: data });
  document.getElementById("verdict").textContent = await answer.text();
};
"""
_SOCKETS: web.AppKey[set[web.WebSocketResponse]] = web.AppKey("sockets")


class FloorPage:
    """The floor server as a context, reading codes from the serial line `scanner`."""

    def __init__(self, scanner: Path) -> None:
        self._server = ServerProcess(__name__, [str(scanner)])

    def __enter__(self) -> "FloorPage":
        self._server.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://127.0.0.1:{self._server.port}/"


def _app(scanner: str) -> web.Application:
    app = web.Application()
    app[_SOCKETS] = set()
    app.router.add_get("/", _text(_PAGE, "text/html"))
    app.router.add_get("/floor.js", _text(_SCRIPT, "text/javascript"))
    app.router.add_get("/events", _events)
    app.router.add_post("/scans", _scan)

    async def reading(app: web.Application) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        with _line(scanner) as line:
            await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), line)
            task = asyncio.create_task(_forward(reader, app[_SOCKETS]))
            yield
            task.cancel()

    app.cleanup_ctx.append(reading)
    return app


def _text(text: str, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type=kind)

    return handler


def _line(scanner: str) -> FileIO:
    line = FileIO(scanner)
    tty.setraw(line.fileno())
    return line


async def _forward(reader: asyncio.StreamReader, sockets: set[web.WebSocketResponse]) -> None:
    while True:
        code = (await reader.readuntil(b"\r")).decode().strip()
        for socket in sockets:
            await socket.send_str(code)


async def _events(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    request.app[_SOCKETS].add(socket)
    async for _ in socket:
        pass
    request.app[_SOCKETS].discard(socket)
    return socket


async def _scan(request: web.Request) -> web.Response:
    return web.Response(text=await request.text())


async def _main() -> None:
    parser = argparse.ArgumentParser(prog="floor_page", description=__doc__)
    parser.add_argument("scanner")
    await serve(_app(parser.parse_args().scanner))


if __name__ == "__main__":
    asyncio.run(_main())
