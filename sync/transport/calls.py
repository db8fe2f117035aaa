"""Calls to head office over its ways: which one, what became of it, and strict answers."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from typing import Any, TypeVar

import aiohttp

from agent.base.clock import Clock
from sync.errors import HqError, TransportFailedError
from sync.protocol.identity import Identity
from sync.protocol.limits import MAX_ANSWER_BYTES, SILENT_STREAM_S, WAKE_EVENT
from sync.store_key import Credentials
from sync.transport.asking import Asker
from sync.transport.connections import Sessions
from sync.transport.link import LinkState
from sync.transport.probing import Prober
from sync.transport.racing import Race
from sync.transport.reply import MAX_DETAIL_CHARS, Decoder, read, told_apart
from sync.transport.request import Request, Timeouts
from sync.transport.ways import NOT_HQS_WORD, Way, Ways
from sync.waiting import cancel

LAG_SHARE = 3
"""Of the time that an urgent call has, a third passes before another way is tried beside it."""
PROBE_TIMES = 2
"""A probe may take so often the time of a connection."""

T = TypeVar("T")


class Calls:
    """Sends requests the way that works. Every call raises HqError.

    A request goes one way at a time, and another only when that has failed; urgent ones alone are
    sent two ways at once. Safe to call from several tasks.
    """

    def __init__(
        self,
        ways: Ways,
        *,
        credentials: Credentials,
        timeouts: Timeouts,
        user_agent: str,
        link: LinkState,
        clock: Clock,
        ca_file: str,
    ) -> None:
        self.ways = ways
        self._credentials = credentials
        self._asker = Asker(credentials)
        self._timeouts = timeouts
        self._link = link
        self._clock = clock
        self._answered = asyncio.Event()
        self._sessions = Sessions(
            {way.interface for way in ways.all},
            secured=any(way.url.startswith("https:") for way in ways.all),
            timeouts=timeouts,
            user_agent=user_agent,
            ca_file=ca_file,
        )
        self._streams: dict[Way, aiohttp.ClientResponse] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._prober = Prober(ways, self._probe)
        ways.watch(self._move_streams)

    async def start(self, *, probing: bool) -> None:
        """Make ready; connects to nobody, unless by and by with `probing`. OSError if the file of
        roots can't be used."""
        await self._sessions.start()
        if probing and self._credentials.install_id:
            self._prober.start()

    async def stop(self) -> None:
        """Close all connections; does nothing the second time."""
        await self._prober.stop()
        await cancel(*self._late)
        await self._sessions.stop()

    async def next_answer(self) -> None:
        """Return when HQ answers a call that ends after this one was made."""
        self._answered.clear()
        await self._answered.wait()

    async def call(self, request: Request, decoder: Decoder[T], max_bytes: int) -> T:
        """HQ's answer, by the first way that gives one; the last one's failure otherwise."""
        return await self._noted(self._first_answer(request, decoder, max_bytes))

    async def call_urgently(
        self, request: Request, decoder: Decoder[T], max_bytes: int, *, within_ms: int
    ) -> T:
        """HQ's answer within `within_ms`, by whichever way is quickest: when one lags, the next is
        tried beside it, so the request has to be one that may arrive twice."""
        return await self._noted(
            self._in_time(within_ms, self._quickest(request, decoder, max_bytes, within_ms))
        )

    async def stream(self, request: Request) -> AsyncGenerator[bool, None]:
        """Yield for as long as HQ holds the stream, and the way is used; True: a wake-up."""
        way = self.ways.usable()[0]
        try:
            async for woken in self._stream_over(way, request):
                yield woken
        except HqError as error:
            if self._has_moved(way):
                return
            self.ways.failed(way, error)
            raise

    async def _stream_over(self, way: Way, request: Request) -> AsyncGenerator[bool, None]:
        url, proof = self._asker.proven(way.url, request)
        with told_apart(way.url):
            async with self._sessions.of(way.interface).request(
                request.method,
                url,
                headers={"Accept": request.answers, **request.headers(), **proof.headers},
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=self._timeouts.connect_ms / 1000, sock_read=SILENT_STREAM_S
                ),
                allow_redirects=False,
            ) as response:
                is_stream = response.status == 200 and response.content_type == request.answers
                heard = b"" if is_stream else await read(response, MAX_ANSWER_BYTES)
                reply = self._asker.reply(proof, response, heard)
                if reply.refuses_key:
                    self._credentials.gives_way(proof)
                reply.raise_for_status(self._clock)
                if not is_stream:
                    detail = f"the answer is {response.content_type!r}"
                    raise TransportFailedError("not_a_stream", detail[:MAX_DETAIL_CHARS])
                self._streams[way] = response
                async for woken in _events(response.content):
                    self._record(answered=True)
                    yield woken

    def _move_streams(self) -> None:
        """End the streams of ways that are not used: who listens opens another."""
        for way, response in list(self._streams.items()):
            if self._has_moved(way):
                response.close()
                del self._streams[way]

    def _has_moved(self, way: Way) -> bool:
        return self.ways.in_use not in (way, None)

    async def _noted(self, answer: Awaitable[T]) -> T:
        try:
            heard = await answer
        except HqError as error:
            self._record(answered=not isinstance(error, NOT_HQS_WORD))
            raise
        self._record(answered=True)
        return heard

    async def _in_time(self, within_ms: int, answer: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(within_ms / 1000):
                return await answer
        except TimeoutError:
            raise TransportFailedError("timeout", f"no answer within {within_ms} ms") from None

    def _record(self, *, answered: bool) -> None:
        self._link.record(answered=answered, at=self._clock.wall())
        if answered:
            self._answered.set()

    async def _first_answer(self, request: Request, decoder: Decoder[T], max_bytes: int) -> T:
        failure = TransportFailedError("no_address", "no address of HQ is set")
        for way in self.ways.usable():
            try:
                return await self._answer_over(way, request, decoder, max_bytes)
            except TransportFailedError as error:
                failure = error
                if error.code == "timeout":  # its time is used up
                    break
        raise failure

    async def _quickest(
        self, request: Request, decoder: Decoder[T], max_bytes: int, within_ms: int
    ) -> T:
        """The first answer; what is under way besides then is not torn, its end is noted."""
        race = Race[T]()
        try:
            for way in self.ways.usable():
                work = self._answer_over(way, request, decoder, max_bytes)
                self._keep(race.begin(work))
                if (answer := await race.wait(within_ms / 1000 / LAG_SHARE)) is not None:
                    return answer
                if race.lags:
                    self.ways.suspect(way)
            while race.lags:
                if (answer := await race.wait(None)) is not None:
                    return answer
        except asyncio.CancelledError:
            await cancel(*race.running)
            raise
        raise race.failure

    def _keep(self, task: "asyncio.Task[T]") -> None:
        self._late.add(task)
        task.add_done_callback(self._let_go)

    def _let_go(self, task: asyncio.Task[Any]) -> None:
        self._late.discard(task)
        if not task.cancelled():
            task.exception()  # its way knows of it

    async def _answer_over(
        self, way: Way, request: Request, decoder: Decoder[T], max_bytes: int
    ) -> T:
        try:
            session = self._sessions.of(way.interface)
            reply = await self._asker.ask(session, way.url, request, max_bytes)
            reply.raise_for_status(self._clock)
            answer = reply.decoded(decoder, request.answers, max_bytes)
        except HqError as error:
            self.ways.failed(way, error)
            raise
        self.ways.answered(way)
        return answer

    async def _probe(self, way: Way) -> None:
        """Ask who HQ is, over a connection of its own: names, routes and TLS are tried, too."""
        total_s = PROBE_TIMES * self._timeouts.connect_ms / 1000
        request = Request("GET", "store", identity=Identity(self._credentials.install_id, 0))
        async with self._sessions.fresh(way.interface) as session:
            try:
                async with asyncio.timeout(total_s):
                    reply = await self._asker.ask(session, way.url, request, MAX_ANSWER_BYTES)
            except TimeoutError:
                raise TransportFailedError("timeout", way.url) from None
        try:
            reply.raise_for_status(self._clock)
        except HqError as error:
            if isinstance(error, NOT_HQS_WORD):
                raise
        if self.ways.in_use is None:
            self._record(answered=True)


_WAKE_LINE = WAKE_EVENT.splitlines()[0]


async def _events(content: aiohttp.StreamReader) -> AsyncGenerator[bool, None]:
    """Yield at each line that says something: whether it is a wake-up, else a heartbeat."""
    try:
        async for line in content:
            if line.strip():
                yield line.strip() == _WAKE_LINE
    except ValueError:  # aiohttp, of a line without end
        raise TransportFailedError("not_a_stream", "a line without end") from None
