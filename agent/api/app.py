"""The web application of the local API."""

from aiohttp import web

from agent.api.access import Access
from agent.api.body import MAX_BODY_BYTES
from agent.api.dispatch import Dispatch
from agent.api.docs_page import ApiDocs
from agent.api.operation import Operation
from agent.api.problem_pages import problem_page
from agent.api.problems import Handler, answered
from agent.services.store_desk import StoreDesk


def build_app(
    *,
    operations: tuple[Operation, ...],
    dispatch: Dispatch,
    desk: StoreDesk,
    access: Access,
    version: str,
) -> web.Application:
    """Return the application; every route is behind `access`."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        async def checked(inner: web.Request) -> web.StreamResponse:
            access.check(inner)
            return await handler(inner)

        return await answered(checked, request)

    app = web.Application(middlewares=[guarded], client_max_size=MAX_BODY_BYTES)
    for operation in operations:
        app.router.add_route(operation.method, operation.path, dispatch.handler(operation))
    ApiDocs(operations, version=version).add_routes(app.router)
    app.router.add_get("/healthz", _health(desk))
    app.router.add_get("/problems/{code}", problem_page)
    return app


def _health(desk: StoreDesk) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        await desk.database.read(lambda db: db.execute("SELECT 1 FROM sync_state").fetchone())
        return web.Response(body=b'{"healthy":true}', content_type="application/json")

    return handler
