"""HQ's HTTP server: routes, the shape of errors, and a time limit on each request."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec
from aiohttp import web
from asyncpg import Pool

from agent.base.answers import Answers
from agent.base.clock import SECOND_MS
from agent.base.http_log import http_log
from agent.base.kept_socket import SocketKeeper
from agent.base.logging import get_logger
from agent.base.problem import CONTENT_TYPE, ProblemError
from agent.base.tally import OTHER
from sync.hq.access import Access, read_signature, verify
from sync.hq.anchor import DatabaseSetBackError
from sync.hq.answer_signing import AnswerSigner
from sync.hq.backups.intake import BackupIntake
from sync.hq.body import packed, read_body
from sync.hq.compare.desk import CompareDesk
from sync.hq.coupons.claims import ClaimDesk
from sync.hq.database import CONNECT_TIMEOUT_S, RETRY_AFTER_S, UNAVAILABLE
from sync.hq.enrolment import Enroller, read_order
from sync.hq.feed.changes import Feed
from sync.hq.feed.snapshots import SnapshotDesk
from sync.hq.feed.wake import WakeStreams
from sync.hq.intake.hello import HelloDesk
from sync.hq.intake.ingest import Ingest
from sync.hq.introduction import Introducer
from sync.hq.outward import readers
from sync.hq.outward.events import EventStream
from sync.hq.renewal import Renewals
from sync.protocol.limits import (
    MAX_BACKUP_PART_BYTES,
    MAX_BATCH_BYTES,
    MAX_CLAIM_BYTES,
    MAX_COMPARE_BYTES,
    MAX_ENROLMENT_BYTES,
    MAX_HELLO_BYTES,
    MAX_OFFER_BYTES,
)
from sync.protocol.snapshots import SNAPSHOT_TYPE

MAX_BODY_BYTES = MAX_BATCH_BYTES + MAX_HELLO_BYTES
"""As it comes over the line; a batch's head line is beside the events' bytes."""
KEEPALIVE_S = 75.0
"""An idle connection is closed after this; stores close theirs earlier."""
SHUTDOWN_S = 10.0
"""Requests in flight get so long to end when the server stops."""
SET_BACK_RETRY_S = 30
"""People have to do something first."""
WATCHED = ("/sync/v1/hello", "/sync/v1/events", "/sync/v1/changes", "/sync/v1/claims")
"""Routes whose times are told apart."""
WAKE_PATH = "/sync/v1/wake"
"""What is answered there has no end: it has no time limit, and its time says nothing."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_log = get_logger(__name__)


class Routes(Protocol):
    """What a server answers."""

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""

    async def stop(self) -> None:
        """End what goes on beside the requests, when there are none any more."""


class Desk:
    """The routes of the sync protocol, and those of the chain's other programs."""

    def __init__(
        self,
        *,
        access: Access,
        introducer: Introducer,
        enroller: Enroller,
        renewals: Renewals,
        hello: HelloDesk,
        ingest: Ingest,
        feed: Feed,
        snapshots: SnapshotDesk,
        backups: BackupIntake,
        claims: ClaimDesk,
        compare: CompareDesk,
        wakes: WakeStreams,
        stream: EventStream,
        pool: Pool,
    ) -> None:
        self._access = access
        self._introducer = introducer
        self._enroller = enroller
        self._renewals = renewals
        self._hello = hello
        self._ingest = ingest
        self._feed = feed
        self._snapshots = snapshots
        self._backups = backups
        self._claims = claims
        self._compare = compare
        self._wakes = wakes
        self._stream = stream
        self._pool = pool

    async def stop(self) -> None:
        """Break off a snapshot that is being made."""
        await self._snapshots.stop()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/sync/v1/enrolments", self._post_enrolments),
            web.get("/sync/v1/keys", self._get_keys),
            web.post("/sync/v1/keys", self._post_keys),
            web.get("/sync/v1/store", self._get_store),
            web.post("/sync/v1/hello", self._post_hello),
            web.post("/sync/v1/events", self._post_events),
            web.get("/sync/v1/changes", self._get_changes),
            web.get(WAKE_PATH, self._get_wake),
            web.get("/sync/v1/snapshot", self._get_snapshot),
            web.get("/sync/v1/snapshot/{sha256}", self._get_snapshot_page),
            web.post("/sync/v1/backups", self._post_backups),
            web.put("/sync/v1/backups/{sha256}", self._put_backup),
            web.post("/sync/v1/claims", self._post_claims),
            web.post("/sync/v1/compare", self._post_compare),
            web.post("/sync/v1/compare/feed", self._post_compare_feed),
            web.get("/hq/v1/events", self._get_event_stream),
            web.get("/healthz", self._get_healthz),
        ]

    async def _post_enrolments(self, request: web.Request) -> web.Response:
        signature = read_signature(request)
        body = await read_body(request, max_bytes=MAX_ENROLMENT_BYTES)
        order = read_order(body)
        verify(request, signature, order.key)
        return _json(await self._enroller.enrol(order))

    async def _get_keys(self, request: web.Request) -> web.Response:
        return _json(await self._introducer.key_set())

    async def _post_keys(self, request: web.Request) -> web.Response:
        caller = await self._access.caller(request)
        body = await read_body(request, max_bytes=MAX_ENROLMENT_BYTES)
        return _json(await self._renewals.announce(caller, body))

    async def _get_store(self, request: web.Request) -> web.Response:
        caller = await self._access.caller(request)
        return _json(await self._introducer.introduce(caller.store))

    async def _post_hello(self, request: web.Request) -> web.Response:
        caller = await self._access.caller(request)
        body = await read_body(request, max_bytes=MAX_HELLO_BYTES)
        return _json(await self._hello.answer(caller, body))

    async def _post_events(self, request: web.Request) -> web.Response:
        caller = await self._access.caller(request)
        body = await read_body(request, max_bytes=MAX_BODY_BYTES)
        return _json(await self._ingest.receive(caller, body))

    async def _get_changes(self, request: web.Request) -> web.Response:
        caller = await self._access.caller(request)
        query = request.query
        page = await self._feed.page(
            caller.store,
            cursor=query.get("cursor", ""),
            limit=query.get("limit", ""),
            identity=caller.identity,
        )
        return await packed(request, _json(page))

    async def _get_snapshot(self, request: web.Request) -> web.Response:
        caller = await self._access.caller(request)
        snapshot = await self._snapshots.manifest(caller.store, caller.identity)
        return await packed(request, _json(snapshot))

    async def _get_snapshot_page(self, request: web.Request) -> web.Response:
        caller = await self._access.caller(request)
        sha256 = request.match_info["sha256"]
        page = await self._snapshots.page(caller.store, caller.identity, sha256)
        return web.Response(body=page, content_type=SNAPSHOT_TYPE)

    async def _get_wake(self, request: web.Request) -> web.StreamResponse:
        caller = await self._access.caller(request)
        await self._feed.admit(caller.store, caller.identity)
        return await self._wakes.serve(request, caller.store)

    async def _post_backups(self, request: web.Request) -> web.Response:
        caller = await self._access.caller(request)
        body = await read_body(request, max_bytes=MAX_OFFER_BYTES)
        return _json(await self._backups.offered(caller, body))

    async def _put_backup(self, request: web.Request) -> web.Response:
        caller = await self._access.caller(request)
        body = await read_body(request, max_bytes=MAX_BACKUP_PART_BYTES)
        offset = request.query.get("offset", "")
        sha256 = request.match_info["sha256"]
        return _json(await self._backups.part(caller.store, sha256, offset, body))

    async def _post_claims(self, request: web.Request) -> web.Response:
        caller = await self._access.caller(request)
        body = await read_body(request, max_bytes=MAX_CLAIM_BYTES)
        return _json(await self._claims.answer(caller, body))

    async def _post_compare(self, request: web.Request) -> web.Response:
        caller = await self._access.caller(request)
        body = await read_body(request, max_bytes=MAX_COMPARE_BYTES)
        return _json(await self._compare.answer(caller, body))

    async def _post_compare_feed(self, request: web.Request) -> web.Response:
        caller = await self._access.caller(request)
        body = await read_body(request, max_bytes=MAX_COMPARE_BYTES)
        return _json(await self._compare.answer_of_feed(caller, body))

    async def _get_event_stream(self, request: web.Request) -> web.Response:
        await readers.admit(self._pool, request.headers.get("Authorization", ""))
        query = request.query
        page = await self._stream.page(after=query.get("after", ""), limit=query.get("limit", ""))
        return await packed(request, _json(page))

    async def _get_healthz(self, request: web.Request) -> web.Response:
        await self._pool.fetchval("SELECT 1", timeout=CONNECT_TIMEOUT_S)
        return _json({"status": "ok"})


class Server:
    """Listens until it is stopped."""

    def __init__(
        self,
        *,
        desk: Routes,
        host: str,
        port: int,
        request_timeout_ms: int,
        signer: AnswerSigner | None = None,
        keeper: SocketKeeper | None = None,
    ) -> None:
        """`signer` signs the answers to those who sign their requests; None: nobody does."""
        self._host = host
        self._port = port
        self._keeper = keeper or SocketKeeper()
        self.answers = Answers(*WATCHED)
        app = web.Application(
            client_max_size=MAX_BODY_BYTES,
            middlewares=[
                self.answers.counting(_counted),
                *((signer.middleware,) if signer else ()),
                _Errors(request_timeout_ms / SECOND_MS).middleware,
            ],
        )
        app.add_routes(desk.routes())
        app.on_cleanup.append(lambda _: desk.stop())
        app.on_response_prepare.append(_hide_software)
        if signer:
            app.on_response_prepare.append(signer.sign_head)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=http_log(),
            auto_decompress=False,  # read_body does it, with a cap on the outcome
            keepalive_timeout=KEEPALIVE_S,
            shutdown_timeout=SHUTDOWN_S,
        )

    async def start(self) -> str:
        """Return the URL that the server listens on; OSError if the address is taken."""
        await self._runner.setup()
        await web.SockSite(self._runner, self._listening()).start()
        host, port = self._runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def _listening(self) -> socket.socket:
        left = self._keeper.take(self._host, self._port)
        if left is not None:
            return left
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        made = socket.create_server((self._host, self._port), family=family)
        self._keeper.keep(made.fileno())
        return made

    async def stop(self) -> None:
        """Take no more requests, and wait for those in flight."""
        await self._runner.cleanup()


class _Errors:
    """Turns what goes wrong into problem+json; says an outage once, and its end once."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._reachable = True

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            async with asyncio.timeout(None if _is_endless(request) else self._timeout_s):
                response = await handler(request)
        except ProblemError as error:
            return _problem(error)
        except web.HTTPException as error:
            code = _HTTP_CODES.get(error.status, f"http_{error.status}")
            return _problem(ProblemError(error.status, code, headers=_allow(error)))
        except web.RequestPayloadError as error:
            return _problem(ProblemError(400, "body_incomplete", str(error)[:300]))
        except TimeoutError:
            return _problem(_try_again("too_slow", "the request took too long"))
        except DatabaseSetBackError as error:
            wait = {"Retry-After": str(SET_BACK_RETRY_S)}
            return _problem(ProblemError(503, "database_set_back", str(error), headers=wait))
        except UNAVAILABLE as error:
            self._note(error)
            return _problem(_try_again("database_unavailable", "the database does not answer"))
        except Exception:  # noqa: BLE001  # the outermost frame: each request gets an answer
            _log.exception("request_failed", path=request.path)
            return _problem(ProblemError(500, "internal"))
        self._note(None)
        return response

    def _note(self, error: BaseException | None) -> None:
        reachable = error is None
        if reachable != self._reachable:
            self._reachable = reachable
            if reachable:
                _log.info("database_answered_again")
            else:
                _log.warning("database_unavailable", error=repr(error))


_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}


def _try_again(code: str, detail: str) -> ProblemError:
    return ProblemError(503, code, detail, headers={"Retry-After": str(RETRY_AFTER_S)})


def _problem(error: ProblemError) -> web.Response:
    return web.Response(
        status=error.problem.status,
        body=error.body(),
        content_type=CONTENT_TYPE,
        headers=error.headers,
    )


def _counted(request: web.Request) -> str | None:
    return None if _is_endless(request) else _route(request)


def _is_endless(request: web.Request) -> bool:
    return _route(request) == WAKE_PATH


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else OTHER


def _allow(error: web.HTTPException) -> dict[str, str]:
    return {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}


def _json(value: Any) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")


async def _hide_software(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "store-hq"
