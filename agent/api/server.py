"""The listening side of the local API: how many connections, how long they may be silent, and what
is answered to bytes that are no HTTP.

aiohttp leaves the bound on connections to the application (aio-libs/aiohttp#675), and answers what
it can't read as plain text under its own name.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web

from agent.api.entry.secure_headers import SERVER_NAME
from agent.api.problems import problem_response
from agent.base.http_log import http_log
from agent.base.kept_socket import SocketKeeper
from agent.base.problem import CONTENT_TYPE, ProblemError

MAX_CONNECTIONS = 512
"""Held at once; a store has some tens of tills, pages and programs."""
IDLE_S = 75.0
"""A connection is closed when it has sent no whole request head for so long."""
LINGER_S = 2.0
"""How long the rest of a body that is refused is still read, so that the refusal arrives."""

_FAULT = "a fault of the agent; see its log"


class LocalServer:
    """Serves one application on one address."""

    def __init__(
        self,
        app: web.Application,
        *,
        host: str,
        port: int,
        stop_timeout_s: float,
        keeper: SocketKeeper | None = None,
    ) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=stop_timeout_s)
        self._address = (host, port)
        self._keeper = keeper or SocketKeeper()
        self._listening: asyncio.Server | None = None
        self._options: dict[str, Any] = {
            "access_log": None,
            "logger": http_log(),
            "keepalive_timeout": IDLE_S,
            "lingering_time": LINGER_S,
            "auto_decompress": False,
        }

    async def start(self) -> int:
        """Return the port once it listens; raise OSError when the address can't be had."""
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        try:
            if (left := self._keeper.take(*self._address)) is not None:
                self._listening = await loop.create_server(self._connection, sock=left)
            else:
                self._listening = await loop.create_server(self._connection, *self._address)
                self._keeper.keep(self._listening.sockets[0].fileno())
        except OSError:
            await self._runner.cleanup()
            raise
        port: int = self._listening.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Let no more in, finish what runs; does nothing the second time."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.close()
            await self._runner.cleanup()

    def _connection(self) -> asyncio.Protocol:
        server = self._runner.server
        assert server is not None  # noqa: S101 - set up before anything listens
        if len(server.connections) >= MAX_CONNECTIONS:
            return _TurnedAway()
        return _Connection(server, loop=asyncio.get_running_loop(), **self._options)


class _Connection(web.RequestHandler):
    """A connection that tells its errors as the API does."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what could not be read, or a fault before any answer; close the connection."""
        self.log_exception("request failed", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was begun and can't be taken back")
        code = "bad_request" if status == HTTPStatus.BAD_REQUEST else "internal"
        detail = "this is not HTTP as RFC 9112 has it" if code == "bad_request" else _FAULT
        answer = problem_response(ProblemError(status, code, detail))
        answer.headers[hdrs.SERVER] = SERVER_NAME
        answer.force_close()
        return answer


class _TurnedAway(asyncio.Protocol):
    """A connection too many: told so, and closed once the peer has read it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - TCP can be written to
        transport.write(_turned_away())
        transport.write_eof()
        # Closed with bytes unread, the kernel would send a reset that can overtake the answer.
        self._closing = asyncio.get_running_loop().call_later(LINGER_S, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing.cancel()


def _turned_away() -> bytes:
    problem = ProblemError(503, "busy", "too many connections; send it again with the same key")
    body = problem.body()
    head = (
        f"HTTP/1.1 503 Service Unavailable\r\nServer: {SERVER_NAME}\r\nRetry-After: 1\r\n"
        f"Content-Type: {CONTENT_TYPE}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
