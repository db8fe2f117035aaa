"""Reading a request: strict JSON into a typed order, and the ticket for doing it once."""

import asyncio
import hashlib
import re
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from agent.base.problem import ProblemError
from agent.base.strict_json import JsonError, canonical, parse
from agent.services.desk.caller import Caller
from agent.services.desk.once import Ticket

MAX_BODY_BYTES = 131_072
BODY_TIMEOUT_S = 10.0
"""A body comes whole within this time, or not at all."""
IDEMPOTENCY_KEY = "Idempotency-Key"

_KEY = re.compile(r'("?)([A-Za-z0-9_.:-]{1,64})\1\Z')

T = TypeVar("T")


async def read_json(request: web.Request) -> Any:
    """Return the body's JSON value; raise ProblemError 400."""
    try:
        return parse(await _body(request))
    except JsonError as error:
        raise ProblemError(400, error.code, str(error)) from None
    except TimeoutError:
        raise ProblemError(408, "body_too_slow", "the body did not come in time") from None
    except (ConnectionResetError, web.RequestPayloadError):
        raise ProblemError(400, "body_incomplete", "the body did not come whole") from None


async def _body(request: web.Request) -> bytes:
    if request.content.is_eof():  # it came with its head: there is nothing to wait for
        return await request.read()
    async with asyncio.timeout(BODY_TIMEOUT_S):
        return await request.read()


def typed(value: Any, as_type: type[T]) -> T:
    """Return `value` as `as_type`; raise ProblemError 422 that names the field."""
    try:
        return msgspec.convert(value, as_type, strict=True)
    except msgspec.ValidationError as error:
        raise ProblemError(422, "invalid_request", _with_mend(str(error))) from None


def ticket(request: web.Request, caller: Caller, value: Any) -> Ticket:
    """Return the ticket of a caller's write whose body is `value`; raise ProblemError 400."""
    given = request.headers.get(IDEMPOTENCY_KEY)
    if given is None:
        raise ProblemError(400, "idempotency_key_missing", f"send {IDEMPOTENCY_KEY}: <a new UUID>")
    form = _KEY.match(given)
    if form is None:
        raise ProblemError(
            400, "idempotency_key_invalid", "1 to 64 of letters, digits, '_', '.', ':' and '-'"
        )
    about = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    about.update(canonical(value))
    return Ticket(client=caller.client, key=form[2], request_hash=about.digest())


def _with_mend(told: str) -> str:
    """Say what to do about null: some typed clients write what is not set so."""
    return f"{told}; give it a value, or leave it out" if "got `null`" in told else told
