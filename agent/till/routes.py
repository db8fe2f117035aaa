"""The addresses of the pages: the cashier's at `/`, the customer's at `/customer`.

Their files are under `/till/`. All are public, and read only.
"""

from aiohttp import web

from agent.till.assets import Assets, content_type
from agent.till.languages import language_of
from agent.till.shell import Shell, Workplace

LANGUAGE_COOKIE = "store_language"

_SELF_ONLY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SHELL_HEADERS = {
    "Content-Security-Policy": _SELF_ONLY,
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FILE_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable"}
"""A file's address names its version, so a browser need never ask again."""


def till_routes(workplace: Workplace, *, session_cookie: str) -> list[web.RouteDef]:
    """Return the routes of the page at `workplace`.

    Only whether `session_cookie` is there matters; what it is worth is the local API's to say.
    """
    shell, assets = Shell(workplace), Assets()

    async def page(request: web.Request) -> web.StreamResponse:
        chosen = request.cookies.get(LANGUAGE_COOKIE)
        language = language_of(chosen, otherwise=workplace.language)
        text = shell.render(
            language,
            assets=f"/till/{assets.version}",
            has_session=session_cookie in request.cookies,
        )
        return web.Response(text=text, content_type="text/html", headers=_SHELL_HEADERS)

    async def customer(request: web.Request) -> web.StreamResponse:
        language = language_of(
            request.query.get("lang", request.cookies.get(LANGUAGE_COOKIE)),
            otherwise=workplace.language,
        )
        text = shell.render_customer(language, assets=f"/till/{assets.version}")
        return web.Response(text=text, content_type="text/html", headers=_SHELL_HEADERS)

    async def file(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if request.match_info["version"] != assets.version:
            raise web.HTTPNotFound
        if name in assets.joined:
            kind, text = assets.joined[name]
            return web.Response(text=text, content_type=kind, headers=_FILE_HEADERS)
        if (found := assets.file(name)) is None:
            raise web.HTTPNotFound
        headers = _FILE_HEADERS | {"Content-Type": content_type(found)}
        return web.FileResponse(found, headers=headers)

    return [
        web.get("/", page),
        web.get("/customer", customer),
        web.get("/till/{version}/{name:.+}", file),
    ]
