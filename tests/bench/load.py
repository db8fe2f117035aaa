"""A lean closed-loop HTTP/1.1 load generator: a caller's next request waits for its last answer.

It runs in the process of the bench while the server under load is a process of its own, the same
for floor and product: on two cores each side has one. It talks to the loopback only.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter

from tests.bench.metric import percentile

LOOPBACK = "127.0.0.1"
ANSWER_TIMEOUT_S = 30.0


class LoadError(Exception):
    """The server broke the load off: no figure can be taken from it."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What one run of the load generator saw."""

    seconds: float
    latencies_s: tuple[float, ...]
    """One per answer, from the request's write to the answer's last byte."""
    statuses: Counter[int]
    """Answers by HTTP status."""
    unexpected: tuple[bytes, ...]
    """Bodies that lack the text that was expected of each answer."""

    @property
    def per_s(self) -> float:
        """Answers per second."""
        return len(self.latencies_s) / self.seconds

    def latency_ms(self, percent: float) -> float:
        """The nearest-rank percentile of the latencies, in milliseconds."""
        return percentile(self.latencies_s, percent) * 1000

    def require_clean(self) -> "Load":
        """Itself, when every answer was a 2xx with the expected text; LoadError otherwise."""
        failed = {status: n for status, n in self.statuses.items() if not 200 <= status < 300}
        if failed or self.unexpected:
            sample = self.unexpected[:1]
            raise LoadError(f"failed answers by status: {failed}; unexpected: {sample!r}")
        return self


def post(path: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """The bytes of one keep-alive POST, of a JSON body unless `headers` say otherwise."""
    all_headers = {
        "Host": LOOPBACK,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **(headers or {}),
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in all_headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def run(port: int, requests: Iterable[bytes], *, callers: int, expect: bytes = b"") -> Load:
    """Send each of `requests` once over `callers` connections; `expect` must be in each body.

    Raises LoadError when the server closes a connection, sends no Content-Length or falls silent.
    """
    return asyncio.run(drive(port, requests, callers=callers, expect=expect))


async def drive(port: int, requests: Iterable[bytes], *, callers: int, expect: bytes = b"") -> Load:
    """The same as `run`, in a loop that runs already."""
    loop = asyncio.get_running_loop()
    tally = _Tally(expect=expect, waiting=callers, done=loop.create_future())
    queue = iter(list(requests))  # made before the clock starts
    connections = [
        await loop.create_connection(lambda: _Caller(queue, tally), LOOPBACK, port)
        for _ in range(callers)
    ]
    watchdog = asyncio.create_task(_watch(tally))
    start = perf_counter()
    for _, caller in connections:
        caller.send_next()
    try:
        await tally.done
    finally:
        watchdog.cancel()
        for transport, _ in connections:
            transport.close()
    return Load(
        seconds=perf_counter() - start,
        latencies_s=tuple(tally.latencies_s),
        statuses=tally.statuses,
        unexpected=tuple(tally.unexpected),
    )


class _Tally:
    """What all callers of one run have seen so far."""

    def __init__(self, *, expect: bytes, waiting: int, done: asyncio.Future[None]) -> None:
        self.expect = expect
        self.done = done
        self.latencies_s: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.unexpected: list[bytes] = []
        self._waiting = waiting

    def record(self, seconds: float, status: int, body: bytes) -> None:
        self.latencies_s.append(seconds)
        self.statuses[status] += 1
        if self.expect not in body:
            self.unexpected.append(body)

    def caller_finished(self) -> None:
        self._waiting -= 1
        if not self._waiting and not self.done.done():
            self.done.set_result(None)

    def fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(LoadError(why))


class _Caller(asyncio.Protocol):
    """One connection: sends a request, reads its answer, sends the next."""

    def __init__(self, queue: Iterator[bytes], tally: _Tally) -> None:
        self._queue = queue
        self._tally = tally
        self._transport: asyncio.Transport
        self._buffer = b""
        self._sent_at = 0.0
        self._finished = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send_next(self) -> None:
        request = next(self._queue, None)
        if request is None:
            self._finished = True
            self._tally.caller_finished()
            return
        self._buffer = b""
        self._sent_at = perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = _content_length(head)
        if length is None:
            self._tally.fail(f"an answer without Content-Length: {head[:200]!r}")
        elif len(body) >= length:
            self._tally.record(perf_counter() - self._sent_at, int(head[9:12]), body)
            self.send_next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._finished:
            self._tally.fail(f"the server closed a connection: {error or 'no error'}")


async def _watch(tally: _Tally) -> None:
    """Fail the run when no answer came for ANSWER_TIMEOUT_S."""
    answers = -1
    while answers != len(tally.latencies_s):
        answers = len(tally.latencies_s)
        await asyncio.sleep(ANSWER_TIMEOUT_S)
    tally.fail(f"no answer for {ANSWER_TIMEOUT_S:g} s after {answers} answers")


def _content_length(head: bytes) -> int | None:
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    return None if at < 0 else int(lowered[at + 15 :].split(b"\r\n", 1)[0])
