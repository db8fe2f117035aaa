"""Ways in which head office, or whatever stands in its place, misbehaves."""

import asyncio
from collections.abc import Mapping

import msgspec
from aiohttp import web

from agent.base.problem import CONTENT_TYPE, ProblemError
from sync.protocol.messages import EventsAnswer
from tests.sync.toy_hq import Fault, Honest


def status(number: int, *, headers: Mapping[str, str] | None = None) -> Fault:
    """A bare status, as from a proxy."""

    async def answer(request: web.Request, honest: Honest) -> web.StreamResponse:
        return web.Response(status=number, headers=headers, text="no")

    return answer


def problem(number: int, code: str, *, headers: Mapping[str, str] | None = None) -> Fault:
    """A refusal in HQ's own form."""

    async def answer(request: web.Request, honest: Honest) -> web.StreamResponse:
        body = ProblemError(number, code, "said by the test").body()
        return web.Response(body=body, status=number, headers=headers, content_type=CONTENT_TYPE)

    return answer


def raw(body: bytes, content_type: str = "application/json") -> Fault:
    """200 with any body."""

    async def answer(request: web.Request, honest: Honest) -> web.StreamResponse:
        return web.Response(body=body, content_type=content_type)

    return answer


async def honestly(request: web.Request, honest: Honest) -> web.StreamResponse:
    """As it should be: in between other faults."""
    return await honest()


class Held:
    """A request that HQ keeps; the honest answer when it is released."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.released = asyncio.Event()

    async def __call__(self, request: web.Request, honest: Honest) -> web.StreamResponse:
        self.reached.set()
        await self.released.wait()
        return await honest()


async def half_a_body(request: web.Request, honest: Honest) -> web.StreamResponse:
    """The work done, the answer broken off in its middle."""
    done = await honest()
    assert isinstance(done.body, bytes)
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = len(done.body)
    await response.prepare(request)
    await response.write(done.body[: len(done.body) // 2])
    _hang_up(request)
    return response


async def lost_answer(request: web.Request, honest: Honest) -> web.StreamResponse:
    """The work done, the connection reset before the first byte of the answer."""
    done = await honest()
    _hang_up(request)
    return done


async def lost_request(request: web.Request, honest: Honest) -> web.StreamResponse:
    """Nothing done, the connection reset."""
    _hang_up(request)
    return web.Response()


async def silence(request: web.Request, honest: Honest) -> web.StreamResponse:
    """The work done, and no answer as long as anybody listens."""
    await honest()
    await asyncio.Event().wait()
    return web.Response()


def altered(**fields: object) -> Fault:
    """The work done, and an answer with other `fields`."""

    async def answer(request: web.Request, honest: Honest) -> web.StreamResponse:
        done = await honest()
        assert isinstance(done.body, bytes)
        said = msgspec.json.decode(done.body, type=EventsAnswer)
        lie = msgspec.structs.replace(said, **fields)
        return web.Response(body=msgspec.json.encode(lie), content_type="application/json")

    return answer


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
