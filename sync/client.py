"""Calls to head office over HTTP: several addresses, strict answers, few typed errors."""

import asyncio
import ssl
import zlib
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import aiohttp
import msgspec
from yarl import URL

from agent.base.clock import Clock
from sync.errors import (
    HqError,
    NotEnrolledError,
    ThrottledError,
    TransportFailedError,
)
from sync.link import LinkState
from sync.protocol.backups import BackupOffer, BackupStanding
from sync.protocol.claims import ClaimAnswer, ClaimOrder
from sync.protocol.compare import CompareAnswer, CompareOrder
from sync.protocol.compare_tables import FeedComparison, FeedOrder
from sync.protocol.enrolment import EnrolmentAnswer, EnrolmentOrder
from sync.protocol.identity import NOBODY, Identity
from sync.protocol.keys import HqKeySet, KeyAnswer, KeyOrder
from sync.protocol.limits import (
    MAX_ANSWER_BYTES,
    MAX_PAGE_BYTES,
    SILENT_STREAM_S,
    WAKE_EVENT,
)
from sync.protocol.messages import (
    ChangesPage,
    EventsAnswer,
    Hello,
    HelloAnswer,
    Introduction,
)
from sync.protocol.snapshots import SNAPSHOT_TYPE, Snapshot
from sync.reply import GZIP_WINDOW, JSON, MAX_DETAIL_CHARS, Bytes, Decoder, Reply, read, told_apart
from sync.store_key import Credentials, Proof
from sync.tls import tls_context

GZIP_FROM_BYTES = 1_024
"""Shorter bodies travel as they are. Level 1: a quarter of the bytes for 7 ms of CPU per MB."""
GZIP_ASIDE_FROM_BYTES = 32_768
"""Longer bodies are compressed beside the event loop, on which cashiers wait."""
KEEPALIVE_S = 30.0
"""An idle connection is closed after this: before HQ does, and before a router forgets it."""

T = TypeVar("T")


class Payload(NamedTuple):
    """A request's body as it travels."""

    data: bytes
    encoding: str = ""
    """Content-Encoding; empty: as it is."""


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long a call may take."""

    connect_ms: int
    total_ms: int
    """From the first try of one address to the last byte of its answer."""


async def payload(body: bytes) -> Payload:
    """Return `body` as it is to travel, compressed where that pays."""
    if len(body) < GZIP_FROM_BYTES:
        return Payload(body)
    if len(body) < GZIP_ASIDE_FROM_BYTES:
        return Payload(_gzip(body), "gzip")
    return Payload(await asyncio.to_thread(_gzip, body), "gzip")


class HqClient:
    """Head office, as a store calls it. Every method raises HqError.

    The addresses are tried in order; the one that answers is kept until it fails. Safe to call
    from several tasks.
    """

    def __init__(
        self,
        *,
        urls: Sequence[str],
        credentials: Credentials,
        timeouts: Timeouts,
        user_agent: str,
        link: LinkState,
        clock: Clock,
        ca_file: str = "",
    ) -> None:
        """`ca_file`: roots of HTTPS to believe beside the system's."""
        self.link = link
        self._ca_file = ca_file
        self._urls = [url.rstrip("/") for url in urls]
        self._credentials = credentials
        self._timeout = aiohttp.ClientTimeout(
            total=timeouts.total_ms / 1000, connect=timeouts.connect_ms / 1000
        )
        self._user_agent = user_agent
        self._clock = clock
        self._preferred = 0
        self._epoch = 0
        self._answered = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None

    @property
    def configured(self) -> bool:
        """Whether there is any address to call."""
        return bool(self._urls)

    async def start(self) -> None:
        """Make ready; connects to nobody. OSError if the file of roots can't be used."""
        secured: ssl.SSLContext | bool = True
        if any(url.startswith("https:") for url in self._urls):  # reading all roots takes 50 ms
            secured = await asyncio.to_thread(tls_context, self._ca_file)
        self._session = aiohttp.ClientSession(
            timeout=self._timeout,
            connector=aiohttp.TCPConnector(keepalive_timeout=KEEPALIVE_S, ssl=secured),
            auto_decompress=False,  # what travels is what HQ has signed
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._user_agent, "Accept": "application/json"},
        )

    async def stop(self) -> None:
        """Close all connections; does nothing the second time."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def next_answer(self) -> None:
        """Return when HQ answers a call that ends after this one was made."""
        self._answered.clear()
        await self._answered.wait()

    async def enrol(self, order: EnrolmentOrder) -> EnrolmentAnswer:
        """`POST enrolments`: ask to be a store's machine, or only what one would be."""
        request = _Request("POST", "enrolments", Payload(msgspec.json.encode(order)))
        request = request._replace(identity=self._own())
        return await self._call(request, _enrolment_answer, MAX_ANSWER_BYTES)

    async def introduction(self) -> Introduction:
        """`GET store`: ask whose key this is and who HQ is; nothing is noted of it."""
        return await self._call(
            _Request("GET", "store", identity=self._own()), _introduction, MAX_ANSWER_BYTES
        )

    async def announce_key(self, order: KeyOrder) -> KeyAnswer:
        """`POST keys`: say by which key this machine's requests will be signed."""
        body = Payload(msgspec.json.encode(order))
        request = _Request("POST", "keys", body, identity=self._own())
        return await self._call(request, _key_answer, MAX_ANSWER_BYTES)

    async def hello(self, hello: Hello) -> HelloAnswer:
        """`POST hello`: say where this store stands."""
        body = await payload(msgspec.json.encode(hello))
        identity = Identity(hello.install_id, hello.epoch)
        request = _Request("POST", "hello", body, identity=identity)
        answer = await self._call(request, _hello_answer, MAX_ANSWER_BYTES)
        self._epoch = answer.epoch
        return answer

    async def send(self, batch: Payload) -> EventsAnswer:
        """`POST events`: send a batch; returns after HQ's durable commit."""
        request = _Request("POST", "events", batch, "application/x-ndjson", identity=self._own())
        return await self._call(request, _events_answer, MAX_ANSWER_BYTES)

    async def changes(self, cursor: str, identity: Identity = NOBODY) -> ChangesPage:
        """`GET changes`: the page that follows `cursor`; empty: from the beginning."""
        own = identity if identity.install_id else self._own()
        request = _Request("GET", "changes", query={"cursor": cursor}, identity=own)
        return await self._call(request, _changes_page, MAX_PAGE_BYTES)

    async def snapshot(self, identity: Identity) -> Snapshot:
        """`GET snapshot`: what the newest state of everything is made of."""
        request = _Request("GET", "snapshot", identity=identity)
        return await self._call(request, _snapshot, MAX_ANSWER_BYTES)

    async def snapshot_page(self, sha256: str, identity: Identity) -> bytes:
        """`GET snapshot/{sha256}`: the bytes of a page, as they came."""
        request = _Request("GET", f"snapshot/{sha256}", identity=identity, answers=SNAPSHOT_TYPE)
        return await self._call(request, Bytes(), MAX_PAGE_BYTES)

    async def wake(self, identity: Identity) -> AsyncGenerator[bool, None]:
        """`GET wake`: yield for as long as HQ holds the stream; True: there is something to read.

        Only its heartbeats count as contacts: whether the line works, other calls find out.
        """
        request, base = _Request("GET", "wake", identity=identity), self._urls[self._preferred]
        url, proof = self._proven(base, request)
        with told_apart(base):
            async with self._started().request(
                request.method,
                url,
                headers={"Accept": _EVENT_STREAM, **request.headers(), **proof.headers},
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=self._timeout.connect, sock_read=SILENT_STREAM_S
                ),
                allow_redirects=False,
            ) as response:
                is_stream = response.status == 200 and response.content_type == _EVENT_STREAM
                heard = b"" if is_stream else await read(response, MAX_ANSWER_BYTES)
                reply = self._reply(proof, response, heard)
                if reply.refuses_key:
                    self._credentials.gives_way(proof)
                reply.raise_for_status(self._clock)
                if not is_stream:
                    detail = f"the answer is {response.content_type!r}"
                    raise TransportFailedError("not_a_stream", detail[:MAX_DETAIL_CHARS])
                async for woken in _events(response.content):
                    self._record(answered=True)
                    yield woken

    async def offer_backup(self, offer: BackupOffer) -> BackupStanding:
        """`POST backups`: say which backup is to come, and hear how far HQ has it."""
        body, self._epoch = Payload(msgspec.json.encode(offer)), offer.epoch
        request = _Request("POST", "backups", body, identity=self._own(offer.install_id))
        return await self._call(request, _backup_standing, MAX_ANSWER_BYTES)

    async def send_backup_part(self, sha256: str, offset: int, part: bytes) -> BackupStanding:
        """`PUT backups`: the part at `offset`; returns when it is on HQ's disk."""
        request = _Request(
            "PUT",
            f"backups/{sha256}",
            Payload(part),
            "application/octet-stream",
            query={"offset": str(offset)},
            identity=self._own(),
        )
        return await self._call(request, _backup_standing, MAX_ANSWER_BYTES)

    async def claim(self, order: ClaimOrder, identity: Identity, *, within_ms: int) -> ClaimAnswer:
        """`POST claims`: ask for coupons, or give them back; HQ has `within_ms` for its answer."""
        body = await payload(msgspec.json.encode(order))
        request = _Request("POST", "claims", body, identity=identity)
        return await self._call(request, _claim_answer, MAX_ANSWER_BYTES, within_ms=within_ms)

    async def compare(self, order: CompareOrder, identity: Identity) -> CompareAnswer:
        """`POST compare`: say what this store holds of the journal, and hear what HQ does."""
        body = await payload(msgspec.json.encode(order))
        request = _Request("POST", "compare", body, identity=identity)
        return await self._call(request, _compare_answer, MAX_ANSWER_BYTES)

    async def compare_feed(self, order: FeedOrder, identity: Identity) -> FeedComparison:
        """`POST compare/feed`: say what this store holds of the feed, and hear what HQ tells."""
        body = await payload(msgspec.json.encode(order))
        request = _Request("POST", "compare/feed", body, identity=identity)
        return await self._call(request, _feed_comparison, MAX_ANSWER_BYTES)

    def _own(self, install_id: str = "") -> Identity:
        return Identity(install_id or self._credentials.install_id, self._epoch)

    async def _call(
        self,
        request: "_Request",
        decoder: "Decoder[T]",
        max_bytes: int,
        *,
        within_ms: int | None = None,
    ) -> T:
        try:
            answer = await self._in_time(within_ms, self._first_answer(request, decoder, max_bytes))
        except HqError as error:
            self._record(answered=not isinstance(error, _NOT_HQS_WORD))
            raise
        self._record(answered=True)
        return answer

    async def _in_time(self, within_ms: int | None, answer: Awaitable[T]) -> T:
        """Wait for the answer, whatever the number of addresses; None: as long as each may take."""
        try:
            async with asyncio.timeout(None if within_ms is None else within_ms / 1000):
                return await answer
        except TimeoutError:
            raise TransportFailedError("timeout", f"no answer within {within_ms} ms") from None

    def _record(self, *, answered: bool) -> None:
        self.link.record(answered=answered, at=self._clock.wall())
        if answered:
            self._answered.set()

    async def _first_answer(self, request: "_Request", decoder: "Decoder[T]", max_bytes: int) -> T:
        """HQ's answer at the first address that gives one; the last one's failure otherwise."""
        failure = TransportFailedError("no_address", "no address of HQ is set")
        for _ in self._urls:
            index = self._preferred
            try:
                reply = await self._recognised(self._urls[index], request, max_bytes)
                reply.raise_for_status(self._clock)
                return reply.decoded(decoder, request.answers, max_bytes)
            except TransportFailedError as error:
                failure = error
                if self._preferred == index:  # else another call has moved on already
                    self._preferred = (index + 1) % len(self._urls)
        raise failure

    async def _recognised(self, base: str, request: "_Request", max_bytes: int) -> Reply:
        """Ask, and once more for each thing that stands between HQ and being understood."""
        reply = await self._exchange(base, request, max_bytes)
        if reply.is_strangers and await self._learns_keys(base):
            reply = await self._exchange(base, request, max_bytes)
        if reply.refuses_key and self._credentials.gives_way(reply.proof):
            reply = await self._exchange(base, request, max_bytes)
        if reply.wants_another_signature:
            reply = await self._exchange(base, request, max_bytes)
        return reply

    async def _learns_keys(self, base: str) -> bool:
        """Ask for the key set that is to endorse an unknown key; tell whether there is a newer
        one, which HQ's root has signed."""
        try:
            with told_apart(base):
                asked = self._started().get(f"{base}/sync/v1/keys", allow_redirects=False)
                async with asked as response:
                    heard = await read(response, MAX_ANSWER_BYTES)
            key_set = _hq_key_set.decode(heard).key_set
            return self._credentials.learn(bytes.fromhex(key_set))
        except (TransportFailedError, msgspec.MsgspecError, RecursionError, ValueError):
            return False

    async def _exchange(self, base: str, request: "_Request", max_bytes: int) -> Reply:
        url, proof = self._proven(base, request)
        with told_apart(base):
            async with self._started().request(
                request.method,
                url,
                data=request.body.data or None,
                headers={**request.headers(), **proof.headers},
                allow_redirects=False,
            ) as response:
                heard = await read(response, max_bytes)
                return self._reply(proof, response, heard)

    def _reply(self, proof: Proof, response: aiohttp.ClientResponse, heard: bytes) -> Reply:
        own, told = self._credentials, response.headers
        is_hqs = own.is_hqs(proof, response.status, told, heard)
        strangers = not is_hqs and own.names_stranger(told)
        return Reply(response.status, told, heard, proof, is_hqs=is_hqs, is_strangers=strangers)

    def _proven(self, base: str, request: "_Request") -> tuple[URL, Proof]:
        url = URL(f"{base}/sync/v1/{request.path}").with_query(request.query)
        told = request.identity.headers()
        return url, self._credentials.prove(request.method, url, request.body.data, told)

    def _started(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the client is not started")
        return self._session


class _Request(NamedTuple):
    method: str
    path: str
    body: Payload = Payload(b"")
    content_type: str = "application/json"
    query: Mapping[str, str] | None = None
    identity: Identity = NOBODY
    answers: str = JSON
    """Content type of the answer."""

    def headers(self) -> dict[str, str]:
        identity = self.identity.headers()
        if not self.body.data:
            return identity
        encoding = {"Content-Encoding": self.body.encoding} if self.body.encoding else {}
        return {"Content-Type": self.content_type, **encoding, **identity}


_NOT_HQS_WORD = (TransportFailedError, ThrottledError, NotEnrolledError)
_EVENT_STREAM = "text/event-stream"
_WAKE_LINE = WAKE_EVENT.splitlines()[0]

_backup_standing = msgspec.json.Decoder(BackupStanding)
_enrolment_answer = msgspec.json.Decoder(EnrolmentAnswer)
_hq_key_set = msgspec.json.Decoder(HqKeySet)
_introduction = msgspec.json.Decoder(Introduction)
_hello_answer = msgspec.json.Decoder(HelloAnswer)
_key_answer = msgspec.json.Decoder(KeyAnswer)
_events_answer = msgspec.json.Decoder(EventsAnswer)
_claim_answer = msgspec.json.Decoder(ClaimAnswer)
_compare_answer = msgspec.json.Decoder(CompareAnswer)
_feed_comparison = msgspec.json.Decoder(FeedComparison)
_changes_page = msgspec.json.Decoder(ChangesPage)
_snapshot = msgspec.json.Decoder(Snapshot)


async def _events(content: aiohttp.StreamReader) -> AsyncGenerator[bool, None]:
    """Yield at each line that says something: whether it is a wake-up, else a heartbeat."""
    try:
        async for line in content:
            if line.strip():
                yield line.strip() == _WAKE_LINE
    except ValueError:  # aiohttp, of a line without end
        raise TransportFailedError("not_a_stream", "a line without end") from None


def _gzip(body: bytes) -> bytes:
    return zlib.compress(body, level=1, wbits=GZIP_WINDOW)
