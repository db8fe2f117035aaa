"""The demo's desk: a page that holds codes before the virtual scanner, and cuts the line."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from aiohttp import web

from tests.lab.ports import LOOPBACK

Act = Callable[[], Awaitable[str]]
"""Does what a button says; returns what is told below it."""

STATIC_DIR = Path(__file__).parent / "static"
MAX_BODY_BYTES = 1_024
SHUTDOWN_S = 0.5
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-src http://127.0.0.1:*",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, kw_only=True)
class Button:
    """One thing to do."""

    group: str
    label: str
    act: Act


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What the page shows."""

    buttons: dict[str, Button]
    """By name."""
    till_url: str
    printer_url: str
    people: tuple[str, ...]
    """Who may sign in, in words."""


class _Press(msgspec.Struct, forbid_unknown_fields=True):
    button: str


def make_desk(desk: Desk) -> web.Application:
    """Return the page as an application."""

    async def shown(_: web.Request) -> web.Response:
        return _json(
            {
                "till": desk.till_url,
                "printer": desk.printer_url,
                "people": desk.people,
                "buttons": [
                    {"name": name, "group": button.group, "label": button.label}
                    for name, button in desk.buttons.items()
                ],
            }
        )

    async def pressed(request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        try:
            button = desk.buttons[msgspec.json.decode(await request.read(), type=_Press).button]
        except (msgspec.MsgspecError, KeyError):
            raise web.HTTPUnprocessableEntity from None
        return _json({"told": await button.act()})

    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.on_response_prepare.append(_add_headers)
    app.router.add_get("/", _index)
    app.router.add_get("/favicon.ico", _no_icon)
    app.router.add_get("/desk", shown)
    app.router.add_post("/press", pressed)
    app.router.add_static("/static", STATIC_DIR)
    return app


@asynccontextmanager
async def serving(app: web.Application, port: int) -> AsyncIterator[None]:
    """Within, `app` is served on loopback."""
    runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
        yield
    finally:
        await runner.cleanup()


async def _index(_: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC_DIR / "desk.html")


async def _no_icon(_: web.Request) -> web.Response:
    """Browsers ask for one by themselves."""
    return web.Response(status=204)


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
