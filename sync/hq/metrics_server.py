"""The listener for monitoring, apart from the stores': no proxy in front leads the world to it."""

from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web

from agent.base.http_log import http_log

METRICS_PATH = "/metrics"

Page = Callable[[], Awaitable[tuple[bytes, str]]]


class MetricsServer:
    """Answers one page on an address of its own."""

    def __init__(self, page: Page, *, host: str, port: int) -> None:
        app = web.Application()
        app.router.add_get(METRICS_PATH, self._answer)
        self._page = page
        self._runner = web.AppRunner(app, access_log=None, logger=http_log())
        self._address = (host, port)

    async def start(self) -> int:
        """Return the port once it listens; OSError if the address is taken."""
        await self._runner.setup()
        await web.TCPSite(self._runner, *self._address).start()
        port: int = self._runner.addresses[0][1]
        return port

    async def stop(self) -> None:
        """Answer no more."""
        await self._runner.cleanup()

    async def _answer(self, _: web.Request) -> web.Response:
        body, content_type = await self._page()
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type})
