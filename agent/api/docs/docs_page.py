"""The API's own documents: `/openapi.json`, and `/docs`, the same for people to read.

Both are made when first asked for, beside the event loop: few ever ask, and no till must wait.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from agent.api.body import IDEMPOTENCY_KEY
from agent.api.docs.openapi import openapi
from agent.api.docs.problem_pages import PAGES
from agent.api.operation import Operation

STYLE_PATH = "/docs/style.css"
REACH_PATH = "/docs/reach"
FILES = {
    STYLE_PATH: "style.css",
    REACH_PATH: "reach.html",
    "/docs/reach.js": "reach.js",
    "/docs/reach_page.js": "reach_page.js",
}
"""What is sent as it is."""
_TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_LIMITS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "minLength": "≥ {} characters",
    "maxLength": "≤ {} characters",
    "minItems": "≥ {} items",
    "maxItems": "≤ {} items",
    "pattern": "form `{}`",
}
_FOR_EVERY_PAGE = {"Cross-Origin-Resource-Policy": "cross-origin"}
"""By this file a page finds out whether it reaches the agent, also one that may not call it."""


class ApiDocs:
    """Serves the documents on a set of operations."""

    def __init__(self, operations: tuple[Operation, ...], *, version: str, cookie: str) -> None:
        """`cookie`: the name of the one that carries a session."""
        self._operations = operations
        self._version = version
        self._cookie = cookie

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Add `/openapi.json`, `/docs` and what the page needs."""
        router.add_get("/openapi.json", self._send_document)
        router.add_get("/docs", self._send_page)
        for path, file in FILES.items():
            router.add_get(path, _sender(file))

    def document(self, host: str) -> dict[str, Any]:
        """Return the OpenAPI document for who reached the agent at `host`, such as
        127.0.0.1:8770."""
        server = {"url": f"http://{host}", "description": "The agent that serves this document."}
        return self._document | {"servers": [server]}

    @cached_property
    def _document(self) -> dict[str, Any]:
        return openapi(self._operations, version=self._version, cookie=self._cookie)

    def page(self, host: str) -> str:
        """Return the page, in HTML that needs no script and nothing from outside."""
        # Loaded here: the agent starts without it.
        from jinja2 import Environment, PackageLoader

        environment = Environment(
            loader=PackageLoader("agent.api", "docs"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {"limits": limits, "curl": curl}
        template = environment.get_template("page.html")
        return template.render(
            document=self.document(host),
            host=host,
            problems=PAGES,
            style=STYLE_PATH,
            reach=REACH_PATH,
        )

    async def _send_document(self, request: web.Request) -> web.Response:
        body = await asyncio.to_thread(lambda: msgspec.json.encode(self.document(request.host)))
        return web.Response(body=body, content_type="application/json")

    async def _send_page(self, request: web.Request) -> web.Response:
        page = await asyncio.to_thread(self.page, request.host)
        return web.Response(text=page, content_type="text/html", headers=HEADERS)


def _sender(name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def send(_: web.Request) -> web.StreamResponse:
        text = await asyncio.to_thread(files(__package__).joinpath(name).read_text, "utf-8")
        headers = HEADERS | (_FOR_EVERY_PAGE if name == "reach.js" else {})
        return web.Response(text=text, content_type=_TYPES[Path(name).suffix], headers=headers)

    return send


def limits(schema: dict[str, Any]) -> str:
    """Return the limits of a field in words."""
    items = schema.get("items") or {}
    parts = [schema, *schema.get("anyOf", ()), items]
    told = [
        form.format(part[name]) for part in parts for name, form in _LIMITS.items() if name in part
    ]
    return ", ".join(told)


def curl(operation: dict[str, Any], method: str, path: str) -> str:
    """Return a shell line that calls the operation; $AGENT and $KEY are the reader's own."""
    words = ["curl -sS", f'"http://$AGENT{path}"', '-H "Authorization: Bearer $KEY"']
    if method != "get":
        words.insert(1, f"-X {method.upper()}")
        words.append("-H 'Content-Type: application/json'")
    if any(parameter["name"] == IDEMPOTENCY_KEY for parameter in operation["parameters"]):
        words.append('-H "Idempotency-Key: $(uuidgen)"')
    if "requestBody" in operation:
        order = operation["requestBody"]["content"]["application/json"]["example"]
        words.append(f"-d '{json.dumps(order, ensure_ascii=False)}'")
    return " \\\n  ".join(words)
