"""The web application of the local API."""

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from agent.api.body import MAX_BODY_BYTES
from agent.api.customer import CUSTOMER_EVENTS_PATH, CustomerEvents
from agent.api.dispatch import Dispatch
from agent.api.docs.docs_page import FILES, ApiDocs
from agent.api.docs.problem_pages import problem_page
from agent.api.entry.access import Access
from agent.api.entry.cors import is_preflight, preflight
from agent.api.entry.door import Door
from agent.api.entry.secure_headers import secure
from agent.api.health import HEALTH_PATHS, health
from agent.api.live import EVENTS_PATH, Live
from agent.api.operation import Operation
from agent.api.problems import Handler, refusal
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
    customer: CustomerEvents,
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
    doors: dict[web.AbstractRoute, Door] = {}
    names: dict[web.AbstractRoute, str | None] = {}
    app.middlewares.append(answers.counting(lambda request: names.get(_route(request), OTHER)))
    app.middlewares.append(_guarded(access, doors))
    app.on_response_prepare.append(secure(access.allowed_origins))
    public = PUBLIC_PATHS | {_path(route) for route in app.router.add_routes(pages)}
    for operation in operations:
        handler = dispatch.handler(operation)
        route = app.router.add_route(operation.method, operation.path, handler)
        doors[route], names[route] = operation.door, operation.name
    ApiDocs(operations, version=version, cookie=cookie).add_routes(app.router)
    # A socket is answered when it ends: it is not counted.
    names[app.router.add_get(EVENTS_PATH, live.handle, allow_head=False)] = None
    app.on_shutdown.append(live.close)
    stream = app.router.add_get(CUSTOMER_EVENTS_PATH, customer.handle, allow_head=False)
    doors[stream], names[stream] = Door.ON_THIS_PC, None
    app.on_shutdown.append(customer.close)
    for path in HEALTH_PATHS:
        app.router.add_get(path, health(recording))
    app.router.add_get(METRICS_PATH, _metrics(metrics))
    app.router.add_get("/problems/{code}", problem_page)
    for route in app.router.routes():
        doors.setdefault(route, _door(_path(route), public))
    return app


def _guarded(access: Access, doors: Mapping[web.AbstractRoute, Door]) -> Middleware:
    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if is_preflight(request):
                access.check_place(request)
                return preflight()
            await access.check(request, doors.get(_route(request), Door.KEPT))
            return await handler(request)
        except Exception as error:  # noqa: BLE001 - each is told as what it is
            return refusal(request, error)

    return guarded


def _route(request: web.Request) -> web.AbstractRoute:
    return request.match_info.route


def _path(route: web.AbstractRoute) -> str:
    """Return the path that a route serves, without the forms of its variables; "" for none."""
    return route.resource.canonical if route.resource else ""


def _door(path: str, public: Set[str]) -> Door:
    """Return the door of what is no operation."""
    if path in HEALTH_PATHS:
        return Door.ON_THIS_PC
    return Door.PUBLIC if path in public else Door.KEPT


def _metrics(metrics: Callable[[], Awaitable[Page]]) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        body, content_type = await metrics()
        return web.Response(body=body, headers={hdrs.CONTENT_TYPE: content_type})

    return handler
