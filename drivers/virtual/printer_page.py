"""The virtual printer's page: receipts as pictures, newest first, and a button for each knob."""

from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from typing import Any

import msgspec
from aiohttp import web

from drivers.virtual.printer_device import VirtualPrinter
from drivers.virtual.printer_paper import Receipt
from drivers.virtual.printer_picture import picture

MAX_BODY_BYTES = 1_024
SHOWN_RECEIPTS = 24
AMID_JOB_BYTES = 400
"""Of the next job, after which the printer loses its power."""
SLOW_MS = 400
"""For each line."""
PRINTER = web.AppKey("printer", VirtualPrinter)

_STATIC = {"printer.css": "text/css", "printer.js": "text/javascript"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_KNOBS: dict[str, Callable[[VirtualPrinter], None]] = {
    "run_out_of_paper": VirtualPrinter.run_out_of_paper,
    "use_up_paper": VirtualPrinter.use_up_paper,
    "load_paper": VirtualPrinter.load_paper,
    "open_cover": VirtualPrinter.open_cover,
    "close_cover": VirtualPrinter.close_cover,
    "fall_silent": VirtualPrinter.fall_silent,
    "speak": VirtualPrinter.speak,
    "vanish": VirtualPrinter.vanish,
    "vanish_amid_job": lambda printer: printer.vanish(after_bytes=AMID_JOB_BYTES),
    "pull_cable": lambda printer: printer.vanish(keeps_power=True),
    "pull_cable_amid_job": lambda printer: printer.vanish(
        after_bytes=AMID_JOB_BYTES, keeps_power=True
    ),
    "slow_down": lambda printer: printer.slow_down(SLOW_MS),
    "speed_up": lambda printer: printer.slow_down(0),
    "close_drawer": VirtualPrinter.close_drawer,
}


class _Turn(msgspec.Struct):
    """A knob that somebody turns."""

    knob: str


def make_page(printer: VirtualPrinter) -> web.Application:
    """Return the page as an application; `POST /knobs {"knob": NAME}` turns a knob."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app[PRINTER] = printer
    app.on_response_prepare.append(_add_headers)
    app.router.add_get("/", _shell)
    app.router.add_get("/static/{name}", _static)
    app.router.add_get("/favicon.ico", _no_icon)
    app.router.add_get("/news", _news)
    app.router.add_get("/receipts/{number}.svg", _picture)
    app.router.add_post("/knobs", _knob)
    return app


async def _shell(_: web.Request) -> web.Response:
    return web.Response(text=_file("printer.html"), content_type="text/html")


async def _static(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in _STATIC:
        raise web.HTTPNotFound
    return web.Response(text=_file(name), content_type=_STATIC[name])


async def _no_icon(_: web.Request) -> web.Response:
    return web.Response(status=204)


async def _news(request: web.Request) -> web.StreamResponse:
    """Server-sent events: how the printer stands, now and after each change."""
    printer = request.app[PRINTER]
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    with suppress(ConnectionResetError):  # the browser has gone
        while True:
            change = printer.next_change()
            await response.write(b"data: " + msgspec.json.encode(_standing(printer)) + b"\n\n")
            await change.wait()
    return response


async def _picture(request: web.Request) -> web.Response:
    printer = request.app[PRINTER]
    number = request.match_info["number"]
    for receipt in _receipts(printer):
        if str(receipt.number) == number:
            drawn = picture(receipt, printer.columns)
            return web.Response(text=drawn, content_type="image/svg+xml")
    raise web.HTTPNotFound


async def _knob(request: web.Request) -> web.Response:
    if request.content_type != "application/json":  # no other page may turn a knob
        raise web.HTTPUnsupportedMediaType
    try:
        knob = msgspec.json.decode(await request.read(), type=_Turn).knob
    except msgspec.DecodeError as error:
        raise web.HTTPUnprocessableEntity(text=str(error)) from error
    printer = request.app[PRINTER]
    if knob == "come_back":
        await printer.come_back()
    elif knob in _KNOBS:
        _KNOBS[knob](printer)
    else:
        raise web.HTTPUnprocessableEntity(text="no such knob")
    return web.Response(status=204)


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


def _standing(printer: VirtualPrinter) -> dict[str, Any]:
    return {
        "troubles": _troubles(printer),
        "drawer_open": printer.condition.drawer_open,
        "openings": [opening.at for opening in printer.openings],
        "unknown": len(printer.unknown),
        "receipts": [_shown(receipt) for receipt in _receipts(printer)],
    }


def _shown(receipt: Receipt) -> dict[str, Any]:
    return {
        "number": receipt.number,
        "at": receipt.at,
        "cut": receipt.cut,
        "picture": f"/receipts/{receipt.number}.svg?items={len(receipt.items)}",
        "text": receipt.text,
    }


def _receipts(printer: VirtualPrinter) -> list[Receipt]:
    """Newest first; the one that is being printed stands in front."""
    done = list(printer.receipts)[: -SHOWN_RECEIPTS - 1 : -1]
    return [printer.printing, *done] if printer.printing else done


def _troubles(printer: VirtualPrinter) -> list[str]:
    now = printer.condition
    words = {
        "断电 powered off": now.gone and not now.keeps_power,
        "网线拔出 cable pulled": now.gone and now.keeps_power,
        "缺纸 paper out": now.paper_out,
        "纸将尽 paper low": now.paper_low,
        "盖子打开 cover open": now.cover_open,
        "切刀卡住 cutter stuck": now.cutter_stuck,
        "不应答 silent": now.silent,
        "慢速 slow": now.ms_per_line > 0,
    }
    return [word for word, holds in words.items() if holds]


def _file(name: str) -> str:
    return files("drivers.virtual").joinpath("static", name).read_text("utf-8")
