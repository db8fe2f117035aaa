"""Head office on loopback for one store, in memory: honest by default, misbehaving as scripted."""

import asyncio
import ssl
import zlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import Millis
from agent.base.problem import CONTENT_TYPE, ProblemError
from agent.domain.line.chain import ChainBrokenError
from sync.hq.access import read_signature
from sync.hq.answer_signing import AnswerSigner
from sync.protocol.batch import Event, decode_batch
from sync.protocol.claims import ClaimAnswer
from sync.protocol.limits import WAKE_EVENT
from sync.protocol.messages import (
    Action,
    BatchLimits,
    Change,
    ChangesPage,
    EventsAnswer,
    Hello,
    HelloAnswer,
    Point,
)
from sync.protocol.position import ORIGIN, HelloDecision, StorePosition, decide_hello
from tests.lab.ports import LOOPBACK

KEY = Ed25519PrivateKey.generate()
"""The store's."""
ANSWER_KEY = Ed25519PrivateKey.generate()
"""The toy's own."""
KEYS_PATH = "/sync/v1/keys"
"""What is asked there is not signed; `other` answers it."""
SERVER_TIME = 1_770_000_123_000

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Honest = Callable[[], Awaitable[web.Response]]
Fault = Callable[[web.Request, Honest], Awaitable[web.StreamResponse]]
"""Answers a request, with or without doing the honest thing first."""


class _AtServerTime:
    def wall(self) -> Millis:
        return Millis(SERVER_TIME)

    def monotonic_ms(self) -> int:
        return 0


@web.middleware
async def _noted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take every signature as it is: who may ask is not the toy's to judge."""
    if request.path != KEYS_PATH:
        read_signature(request)
    return await handler(request)


class ToyHq:
    """What HQ holds of the store, and how it behaves."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        """The journal as HQ holds it."""
        self.points = [ORIGIN]
        self.epoch = 0
        self.base = ORIGIN
        self.install_id: str | None = None
        self.hq_epoch = "hq-1"
        self.limits = BatchLimits(events=500, bytes=1_048_576)
        self.feed: list[Change] = []
        self.page_rows = 2
        self.faults: dict[str, deque[Fault]] = {"hello": deque(), "events": deque()}
        self.faults["changes"] = deque()
        self.faults["other"] = deque()
        self.faults["claims"] = deque()
        self.hellos: list[Hello] = []
        self.actions: list[Action] = []
        self.batch_sizes: list[int] = []
        """Events of every batch that was sent, taken or not."""
        self.requests: list[web.Request] = []
        self.opened: asyncio.Queue[str] = asyncio.Queue()
        """What was answered to each who asked for a stream: "stream", or a fault's name."""
        self.stream_fault: Fault | None = None
        """How streams are refused; None: they are not."""
        self.other: Callable[[web.Request], Awaitable[web.Response]] = _no_such_path
        """Answers what is asked for besides."""
        self._streams: list[asyncio.Queue[bytes]] = []
        self._runner: web.AppRunner | None = None

    async def start(self, *, port: int = 0, tls: ssl.SSLContext | None = None) -> str:
        """Listen; return the address."""
        signer = AnswerSigner(key=ANSWER_KEY, clock=_AtServerTime())
        app = web.Application(client_max_size=1 << 23, middlewares=[_noted, signer.middleware])
        app.on_response_prepare.append(signer.sign_head)
        app.router.add_post("/sync/v1/hello", self._answerer("hello", self._hello))
        app.router.add_post("/sync/v1/events", self._answerer("events", self._events))
        app.router.add_post("/sync/v1/claims", self._answerer("claims", self._claims))
        app.router.add_get("/sync/v1/changes", self._answerer("changes", self._changes))
        app.router.add_get("/sync/v1/wake", self._wake)
        app.router.add_get("/{path:.*}", self._answerer("other", self._other))
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, port, ssl_context=tls)
        await site.start()
        if tls:
            return f"https://localhost:{self._runner.addresses[0][1]}"
        return f"http://{LOOPBACK}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening."""
        self.end_streams()
        if self._runner is not None:
            await self._runner.cleanup()

    def misbehave(self, path: str, *faults: Fault) -> None:
        """Answer the next requests to `path` so; after them, honestly."""
        self.faults[path].extend(faults)

    def wake(self) -> None:
        """Say on all streams that there is something to read."""
        self._say(WAKE_EVENT)

    def end_streams(self) -> None:
        """End all streams in good order."""
        self._say(b"")

    def _say(self, said: bytes) -> None:
        for stream in self._streams:
            stream.put_nowait(said)

    def restore(self, seq: int, *, hq_epoch: str) -> None:
        """Set the journal back to `seq`, as a restored backup does."""
        del self.lines[seq:]
        del self.points[seq + 1 :]
        self.hq_epoch = hq_epoch

    def _answerer(
        self, path: str, honest: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            self.requests.append(request)
            await request.read()
            try:
                if self.faults[path]:
                    return await self.faults[path].popleft()(request, lambda: honest(request))
                return await honest(request)
            except ProblemError as error:
                status = error.problem.status
                return web.Response(body=error.body(), status=status, content_type=CONTENT_TYPE)

        return answer

    async def _hello(self, request: web.Request) -> web.Response:
        hello = msgspec.json.decode(await request.read(), type=Hello)
        self.hellos.append(hello)
        decision = decide_hello(hello, self._position(), self._hash_at)
        self.actions.append(decision.action)
        if decision.action is Action.NEW_EPOCH:
            self._enter(hello, decision)
        answer = HelloAnswer(
            action=decision.action,
            accepted_seq=decision.accepted.seq,
            accepted_hash=decision.accepted.hash,
            epoch=decision.epoch,
            hq_epoch=self.hq_epoch,
            limits=self.limits,
            server_time=SERVER_TIME,
            detail=decision.detail,
        )
        return _json(answer)

    def _enter(self, hello: Hello, decision: HelloDecision) -> None:
        self.install_id = hello.install_id
        self.epoch = decision.epoch
        self.base = decision.accepted
        self.restore(decision.accepted.seq, hq_epoch=self.hq_epoch)

    async def _events(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip" and body[:2] == b"\x1f\x8b":
            body = zlib.decompress(body, wbits=31)
        try:
            head, events = decode_batch(body)
        except ChainBrokenError as error:
            raise ProblemError(409, "chain_broken", str(error)) from None
        self.batch_sizes.append(len(events))
        if head.epoch != self.epoch or head.first_seq > len(self.points):
            raise ProblemError(409, "position_differs")
        self._take(events)
        return _json(self.answer_at(head.last_seq))

    def _take(self, events: Sequence[Event]) -> None:
        """Keep what is new; what HQ holds already must be the same."""
        for event in events:
            seq = event.envelope.seq
            if seq < len(self.points):
                if self.points[seq].hash != event.hash.hex():
                    raise ProblemError(409, "content_differs")
                continue
            self.lines.append(event.line)
            self.points.append(Point(seq, event.hash.hex()))

    def answer_at(self, seq: int) -> EventsAnswer:
        """The honest answer of an HQ that has accepted up to `seq`."""
        point = self.points[seq]
        return EventsAnswer(accepted_through=seq, hash=point.hash, server_time=SERVER_TIME)

    async def _claims(self, request: web.Request) -> web.Response:
        return _json(ClaimAnswer(server_time=SERVER_TIME))

    async def _changes(self, request: web.Request) -> web.Response:
        cursor = request.query["cursor"]
        start = int(cursor.partition(":")[2] or 0)
        if cursor and not cursor.startswith(self.hq_epoch):
            raise ProblemError(410, "cursor_unknown")
        rows = self.feed[start : start + self.page_rows]
        end = start + len(rows)
        page = ChangesPage(
            cursor=f"{self.hq_epoch}:{end}",
            more=end < len(self.feed),
            hq_epoch=self.hq_epoch,
            server_time=SERVER_TIME,
            changes=tuple(rows),
        )
        return _json(page)

    async def _other(self, request: web.Request) -> web.Response:
        self.requests.remove(request)
        return await self.other(request)

    async def _wake(self, request: web.Request) -> web.StreamResponse:
        if self.stream_fault is not None:
            self.opened.put_nowait("refused")
            return await self.stream_fault(request, _nothing)
        sayings: asyncio.Queue[bytes] = asyncio.Queue()
        self._streams.append(sayings)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        self.opened.put_nowait("stream")
        said = WAKE_EVENT
        while said:
            await response.write(said)
            said = await sayings.get()
        self._streams.remove(sayings)
        return response

    def _position(self) -> StorePosition:
        return StorePosition(
            epoch=self.epoch,
            install_id=self.install_id,
            accepted=self.points[-1],
            base=self.base,
            hq_epoch=self.hq_epoch,
        )

    def _hash_at(self, seq: int) -> str | None:
        return self.points[seq].hash if seq < len(self.points) else None


async def _no_such_path(request: web.Request) -> web.Response:
    """As an HQ that has no snapshots."""
    raise ProblemError(404, "not_found")


async def _nothing() -> web.Response:
    return web.Response()


def _json(answer: msgspec.Struct) -> web.Response:
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json")
