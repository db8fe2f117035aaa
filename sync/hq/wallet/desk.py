"""The routes of the wallet. Whoever has the link is its member; there is no other way in."""

import re
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from aiohttp import web
from asyncpg import Connection, Pool

from agent.base.clock import Clock
from agent.base.logging import get_logger
from sync.hq.anchor import DatabaseSetBackError
from sync.hq.body import read_body
from sync.hq.database import CONNECT_TIMEOUT_S, RETRY_AFTER_S, UNAVAILABLE
from sync.hq.errors import AdminError
from sync.hq.wallet.binding import Refusal, Signs, bind, code_of
from sync.hq.wallet.coupons import Held, Standing, held_by
from sync.hq.wallet.links import LINK_CHARS, Link, read_link
from sync.hq.wallet.page import STYLE, Pages, Store
from sync.hq.wallet.rates import Rates
from sync.hq.wallet.secret import wallet_secret
from sync.hq.wallet.words import language_of

MAX_FORM_BYTES = 1_024

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
_CODE = re.compile(r"[A-Z0-9]{2,8}", re.ASCII)
_STORES = "SELECT store AS code, name FROM store ORDER BY store"

Handler = Callable[[web.Request, Link], Awaitable[web.Response]]

_log = get_logger(__name__)


class WalletDesk:
    """Answers members' phones."""

    def __init__(self, *, pool: Pool, clock: Clock, signs: Signs, pages: Pages) -> None:
        self._pool = pool
        self._clock = clock
        self._signs = signs
        self._pages = pages
        self._rates = Rates(clock)

    async def stop(self) -> None:
        """Nothing goes on beside the requests."""

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/healthz", self._get_healthz),
            web.get("/wallet/style.css", self._get_style),
            web.get("/wallet/{link}", self._guarded(self._get_coupons)),
            web.post("/wallet/{link}/{coupon_id}", self._guarded(self._post_binding)),
        ]

    async def _get_healthz(self, _: web.Request) -> web.Response:
        await self._pool.fetchval("SELECT 1", timeout=CONNECT_TIMEOUT_S)
        return web.json_response({"status": "ok"})

    async def _get_style(self, _: web.Request) -> web.Response:
        headers = {**_HEADERS, "Cache-Control": "max-age=86400"}
        return web.Response(body=STYLE, content_type="text/css", charset="utf-8", headers=headers)

    async def _get_coupons(self, request: web.Request, link: Link) -> web.Response:
        if not self._rates.view(link.member_id):
            return self._message(request, 429, "too_many")
        now = self._clock.wall()
        async with self._pool.acquire() as connection:
            held = await held_by(connection, link.member_id, now=now)
            codes = await self._codes(connection, held)
            stores = [Store(**row) for row in await connection.fetch(_STORES)]
        page = self._pages.coupons(
            held,
            codes=codes,
            stores=stores,
            link=request.match_info["link"],
            link_until=link.expires,
            language=_language(request),
            now=now,
        )
        return _html(page)

    async def _codes(self, connection: Connection, held: list[Held]) -> dict[str, str]:
        now = self._clock.wall()
        codes = {}
        for one in held:
            if one.standing is Standing.BOUND:
                until, store = one.bound_until, one.bound_store
                code = await code_of(
                    connection, self._signs, one, store=store, until=until, now=now
                )
                codes[one.coupon_id] = code.token
        return codes

    async def _post_binding(self, request: web.Request, link: Link) -> web.Response:
        store = _store_in(await read_body(request, max_bytes=MAX_FORM_BYTES))
        if not self._rates.binding(link.member_id):
            return self._message(request, 429, "too_many")
        async with self._pool.acquire() as connection:
            outcome = await bind(
                connection,
                self._signs,
                member_id=link.member_id,
                coupon_id=request.match_info["coupon_id"].replace("\0", ""),
                store=store,
                now=self._clock.wall(),
            )
        back = f"/wallet/{request.match_info['link']}?lang={_language(request)}"
        if isinstance(outcome, Refusal):
            _log.info("coupon_not_bound", store=store, why=str(outcome))
            return self._message(request, 409, "refused", str(outcome), back=back)
        _log.info("coupon_bound", store=outcome.store, until=outcome.until)
        return web.Response(status=303, headers={**_HEADERS, "Location": back})

    def _guarded(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Let `handler` see the link's word; every failure is a page that a member can read."""

        async def guarded(request: web.Request) -> web.Response:
            try:
                link = await self._link(request.match_info["link"])
                if link is None:
                    known = self._rates.unknown()
                    return self._message(request, 404 if known else 429, "link_over")
                return await handler(request, link)
            except (*UNAVAILABLE, DatabaseSetBackError, AdminError) as error:
                _log.warning("wallet_unavailable", why=repr(error))
                return self._message(request, 503, "later")

        return guarded

    async def _link(self, text: str) -> Link | None:
        if len(text) != LINK_CHARS:
            return None
        async with self._pool.acquire() as connection:
            secret = await wallet_secret(connection)
        return read_link(text, secret=secret, now=self._clock.wall())

    def _message(
        self, request: web.Request, status: int, heading: str, message: str = "", *, back: str = ""
    ) -> web.Response:
        page = self._pages.message(
            heading, message or f"{heading}_hint", language=_language(request), back=back
        )
        response = _html(page, status)
        if status in (429, 503):
            response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response


def _store_in(form: bytes) -> str:
    """Return the store's number as it was typed; empty for what is none."""
    told = parse_qs(form.decode(errors="replace")).get("store", [""])[0].strip().upper()
    return told if _CODE.fullmatch(told) else ""


def _language(request: web.Request) -> str:
    return language_of(request.query.get("lang", ""), request.headers.get("Accept-Language", ""))


def _html(page: str, status: int = 200) -> web.Response:
    return web.Response(
        text=page, status=status, content_type="text/html", charset="utf-8", headers=_HEADERS
    )
