"""Who calls: each store proves itself by its bearer key.

This is the one place that decides it. Signed requests (RFC 9421) will be verified here: `caller`
sees the request before anything of its body is believed.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from asyncpg import Pool

from agent.base.clock import SECOND_MS, Clock
from agent.base.problem import ProblemError

KEY_PREFIX = "hk_"
KEY_CHARS = len(KEY_PREFIX) + 43
"""32 random bytes in unpadded base64url."""
REMEMBERED_MS = 5 * SECOND_MS
"""A key that was good is good for so long without asking the database."""
MAX_REMEMBERED = 10_000

_SCHEME = "bearer "
_FIND = "SELECT store, key_hash FROM store WHERE key_hash = $1"


def new_key() -> str:
    """Return a fresh bearer key."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def key_hash(key: str) -> bytes:
    """Return what HQ keeps of a key: its SHA-256. The key is random, so no salt is needed."""
    return hashlib.sha256(key.encode()).digest()


class Access:
    """Tells which store sends a request."""

    def __init__(self, *, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._remembered: dict[bytes, tuple[str, int]] = {}

    async def caller(self, headers: Mapping[str, str]) -> str:
        """Return the code of the store that the request comes from; ProblemError 401 if none."""
        digest = key_hash(_bearer(headers))
        now = self._clock.monotonic_ms()
        store, until = self._remembered.get(digest, ("", 0))
        if now < until:
            return store
        row = await self._pool.fetchrow(_FIND, digest)
        if row is None or not hmac.compare_digest(row["key_hash"], digest):
            raise _refused("the key is not known")
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[digest] = (row["store"], now + REMEMBERED_MS)
        return str(row["store"])


def same_store(said: str, *, caller: str) -> None:
    """Raise ProblemError 403 unless the message speaks of the store that sends it."""
    if said != caller:
        raise ProblemError(403, "other_store", f"the key is {caller}'s, the message says {said!r}")


def _bearer(headers: Mapping[str, str]) -> str:
    value = headers.get("Authorization", "")
    key = value[len(_SCHEME) :].strip()
    if value[: len(_SCHEME)].lower() != _SCHEME or not key.startswith(KEY_PREFIX):
        raise _refused("send `Authorization: Bearer hk_…`")
    if len(key) != KEY_CHARS or not key.isascii():
        raise _refused("the key is not known")
    return key


def _refused(detail: str) -> ProblemError:
    return ProblemError(401, "unauthorized", detail, headers={"WWW-Authenticate": "Bearer"})
