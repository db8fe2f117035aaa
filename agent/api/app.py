"""The web application of the local API."""

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from agent.api.body import MAX_BODY_BYTES
from agent.api.dispatch import Dispatch
from agent.api.docs.docs_page import FILES, ApiDocs
from agent.api.docs.problem_pages import problem_page
from agent.api.entry.access import Access
from agent.api.entry.cors import is_preflight, preflight, shown_to
from agent.api.entry.door import Door
from agent.api.entry.secure_headers import secure
from agent.api.health import HEALTH_PATHS, health
from agent.api.live import EVENTS_PATH, Live
from agent.api.operation import Operation
from agent.api.problems import Handler, answered
from agent.base.answers import Answers
from agent.base.tally import OTHER
from agent.services.house.recording import Recording

Page = tuple[bytes, str]
"""A page's bytes and its content type."""

METRICS_PATH = "/metrics"
PUBLIC_PATHS = frozenset({"/docs", *FILES, "/openapi.json", "/problems/{code}"})
"""What tells of this program and of no store; operations and pages say it of themselves."""


def build_app(
    *,
    operations: tuple[Operation, ...],
    dispatch: Dispatch,
    recording: Recording,
    access: Access,
    live: Live,
    version: str,
    cookie: str,
    answers: Answers,
    metrics: Callable[[], Awaitable[Page]],
    pages: Sequence[web.RouteDef] = (),
) -> web.Application:
    """Return the application; every route is behind `access`, those of `pages` are public.

    `cookie`: the name of the one that carries a session. `metrics`: the page for monitoring.
    """
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.middlewares.append(answers.counting(_named(operations)))
    public = PUBLIC_PATHS | {_path(route) for route in app.router.add_routes(pages)}
    doors = {(operation.method, operation.path): operation.door for operation in operations}
    app.middlewares.append(_guarded(access, public, doors))
    app.on_response_prepare.append(secure)
    app.on_response_prepare.append(shown_to(access.allowed_origins))
    for operation in operations:
        app.router.add_route(operation.method, operation.path, dispatch.handler(operation))
    ApiDocs(operations, version=version, cookie=cookie).add_routes(app.router)
    app.router.add_get(EVENTS_PATH, live.handle, allow_head=False)
    app.on_shutdown.append(live.close)
    for path in HEALTH_PATHS:
        app.router.add_get(path, health(recording))
    app.router.add_get(METRICS_PATH, _metrics(metrics))
    app.router.add_get("/problems/{code}", problem_page)
    return app


def _named(operations: tuple[Operation, ...]) -> Callable[[web.Request], str | None]:
    names = {(operation.method, operation.path): operation.name for operation in operations}

    def name_of(request: web.Request) -> str | None:
        path = _path(request.match_info.route)
        if path == EVENTS_PATH:  # a socket is answered when it ends
            return None
        return names.get((request.method, path), OTHER)

    return name_of


def _guarded(access: Access, public: Set[str], doors: Mapping[tuple[str, str], Door]) -> Middleware:
    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        path = _path(request.match_info.route)
        door = _door(path, public) or doors.get((request.method, path), Door.KEPT)

        async def checked(inner: web.Request) -> web.StreamResponse:
            if is_preflight(inner):
                access.check_place(inner)
                return preflight(inner)
            await access.check(inner, door)
            return await handler(inner)

        return await answered(checked, request)

    return guarded


def _path(route: web.AbstractRoute) -> str:
    """Return the path that a route serves, without the forms of its variables; "" for none."""
    return route.resource.canonical if route.resource else ""


def _door(path: str, public: Set[str]) -> Door | None:
    if path in HEALTH_PATHS:
        return Door.ON_THIS_PC
    return Door.PUBLIC if path in public else None


def _metrics(metrics: Callable[[], Awaitable[Page]]) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        body, content_type = await metrics()
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type})

    return handler
