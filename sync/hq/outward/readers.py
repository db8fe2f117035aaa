"""Readers: the chain's other programs (CRM, ERP, CDP), each with a token of its own."""

import hashlib
import re
import secrets
from collections.abc import Sequence

import msgspec
from asyncpg import Connection, Pool, UniqueViolationError

from agent.base.clock import Millis
from agent.base.problem import ProblemError
from sync.hq.errors import AdminError

TOKEN_BYTES = 32
MAX_TOKEN_CHARS = 128
_BEARER = "Bearer "
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")

_ADD = "INSERT INTO reader (name, token_hash, added_at) VALUES ($1, $2, $3)"
_LIST = "SELECT name, added_at, revoked_at FROM reader ORDER BY name"
_REVOKE = "UPDATE reader SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL RETURNING name"
_FIND = "SELECT name FROM reader WHERE token_hash = $1 AND revoked_at IS NULL"


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """A program that may read the events."""

    name: str
    added_at: Millis
    revoked_at: Millis | None


async def add_reader(connection: Connection, name: str, *, now: int) -> str:
    """Let `name` read; return its token, which is shown once. AdminError if there is one."""
    if not _NAME.fullmatch(name):
        raise AdminError(
            "a reader's name is 1 to 32 small letters, digits and hyphens, got {name}",
            name=repr(name),
        )
    token = secrets.token_urlsafe(TOKEN_BYTES)
    try:
        await connection.execute(_ADD, name, _hash(token), now)
    except UniqueViolationError:
        raise AdminError(
            "there is a reader {name}, or was one: take another name", name=name
        ) from None
    return token


async def list_readers(connection: Connection) -> Sequence[Reader]:
    """Return all readers, by name."""
    return [Reader(**row) for row in await connection.fetch(_LIST)]


async def revoke_reader(connection: Connection, name: str, *, now: int) -> None:
    """Let `name` read no more, from its next request on; AdminError if there is no such reader."""
    if await connection.fetchval(_REVOKE, name, now) is None:
        raise AdminError("no reader {name}; `store-hq readers list` shows them", name=name)


async def admit(pool: Pool, authorization: str) -> str:
    """Return the name of the reader whose token stands in the header; ProblemError 401."""
    token = authorization.removeprefix(_BEARER)
    if token != authorization and len(token) <= MAX_TOKEN_CHARS:
        name: str | None = await pool.fetchval(_FIND, _hash(token))
        if name is not None:
            return name
    raise ProblemError(
        401,
        "reader_unknown",
        "expected `Authorization: Bearer TOKEN` of `store-hq readers add`, not revoked",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
