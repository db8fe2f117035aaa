"""What is not signed by head office is not its word; a wrong clock of the store is no hindrance."""

import asyncio
import gzip

import pytest
from aiohttp import web

from agent.base.clock import DAY_MS, Millis
from agent.base.problem import CONTENT_TYPE, ProblemError
from sync.client import HqClient
from sync.errors import TransportFailedError
from sync.hq.access import NONCE
from tests.sync.factories import make_client
from tests.sync.toy_hq import SERVER_TIME, Fault, Honest, ToyHq
from tests.sync.virtual_time import VirtualTime

YEAR_MS = 365 * DAY_MS


def unsigned(status: int, code: str = "", *, kind: str = CONTENT_TYPE, body: bytes = b"") -> Fault:
    """An answer of something between: the toy does not sign it."""

    async def answer(request: web.Request, honest: Honest) -> web.StreamResponse:
        del request[NONCE]
        said = body or ProblemError(status, code, "said by a firewall").body()
        return web.Response(status=status, body=said, content_type=kind)

    return answer


async def replayed(request: web.Request, honest: Honest) -> web.StreamResponse:
    """An answer that HQ gave to another request."""
    request[NONCE] = "n" * 22
    return await honest()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (unsigned(403, "fenced"), "answer_not_signed"),
        (unsigned(401, "key_revoked"), "answer_not_signed"),
        (unsigned(409, "epoch_differs"), "answer_not_signed"),
        (unsigned(410, "cursor_gone"), "answer_not_signed"),
        (unsigned(426, "upgrade_needed"), "answer_not_signed"),
        (unsigned(200, kind="application/json", body=b"{}"), "answer_not_signed"),
        (unsigned(200, kind="text/html", body=b"<html>log in</html>"), "not_hq"),
        (unsigned(403, kind="text/html", body=b"<html>blocked</html>"), "not_hq"),
        (unsigned(511, kind="text/html", body=b"<html>log in</html>"), "http_511"),
        (replayed, "answer_not_signed"),
    ],
)
async def test_a_firewalls_or_portals_answer_decides_nothing(
    client: HqClient, hq: ToyHq, fault: Fault, code: str
) -> None:
    hq.misbehave("changes", fault)
    with pytest.raises(TransportFailedError) as raised:
        await client.changes("")
    assert raised.value.code == code
    assert not client.link.online
    await client.changes("")


class _Off(VirtualTime):
    """The clock of a PC that is so far from head office's."""

    def __init__(self, off_ms: int) -> None:
        super().__init__()
        self._off_ms = off_ms

    def wall(self) -> Millis:
        return Millis(SERVER_TIME + self._off_ms)


async def test_a_clock_that_is_a_year_off_is_mended_by_hqs_own_word(hq: ToyHq) -> None:
    """HQ refuses the time, tells its own in a signed answer, and the store signs by that."""

    async def judged(request: web.Request, honest: Honest) -> web.StreamResponse:
        created = int(request.headers["Signature-Input"].partition("created=")[2].split(";")[0])
        if abs(created * 1_000 - SERVER_TIME) > 300_000:
            raise ProblemError(401, "clock_differs")
        return await honest()

    for off in (-YEAR_MS, YEAR_MS):
        client = make_client(await _started(hq), time=_Off(off))
        await client.start()
        hq.requests.clear()
        hq.misbehave("changes", judged, judged, judged)
        await client.changes("")
        await client.changes("")
        assert len(hq.requests) == 3, "one was refused; the next is signed by HQ's time at once"
        await client.stop()


async def _started(hq: ToyHq) -> str:
    await hq.stop()
    return await hq.start()


async def test_a_forged_word_on_the_time_moves_nothing(client: HqClient, hq: ToyHq) -> None:
    hq.misbehave("changes", unsigned(401, "clock_differs"))
    with pytest.raises(TransportFailedError, match="answer_not_signed"):
        await client.changes("")
    assert len(hq.requests) == 1


async def test_an_answer_that_grows_beyond_measure_is_given_up(client: HqClient, hq: ToyHq) -> None:
    async def bomb(request: web.Request, honest: Honest) -> web.StreamResponse:
        body = await asyncio.to_thread(gzip.compress, b" " * 100_000_000, 1)
        headers = {"Content-Encoding": "gzip"}
        return web.Response(body=body, headers=headers, content_type="application/json")

    hq.misbehave("changes", bomb)
    with pytest.raises(TransportFailedError, match="answer_too_large"):
        await client.changes("")
