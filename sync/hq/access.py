"""Who calls: each request is signed by the key of an installation that HQ has enrolled.

This is the one place that decides it: `caller` sees the request before anything of its body is
believed, and `spend` lets a request that changes something do so once.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, NamedTuple

from aiohttp import web
from asyncpg import Connection, Pool
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent.base.clock import SECOND_MS, Clock
from agent.base.logging import get_logger
from agent.base.problem import ProblemError
from sync.protocol.identity import Identity
from sync.protocol.signatures import (
    DIGEST_HEADER,
    WINDOW_MS,
    Message,
    Signature,
    SignatureError,
    signature_of,
    verify_request,
)

REMEMBERED_MS = 5 * SECOND_MS
"""A key that was good is good for so long without asking the database."""
MAX_REMEMBERED = 10_000
MAX_FORMER = 20
"""So many keys of before of an installation are looked at: some years of them."""
MAX_NONCES = 200_000
"""So many requests of either half of the window a process remembers; some 20 MB each."""
NONCE: Final = web.RequestKey("nonce", str)
"""Of a request, as soon as it is known: the answer repeats it."""

REPLACED = "replaced"
REVOKED = "revoked"
"""Why a key has ended."""

_log = get_logger(__name__)

OnReplaced = Callable[[str], Awaitable[None]]

_FIND = "SELECT store, public_key, why_ended FROM store_key WHERE install_id = $1"

_COMING = """
SELECT next_key FROM store_key WHERE store = $1 AND install_id = $2 AND public_key = $3
"""

_FORMER = """
SELECT public_key, ended_at FROM former_store_key WHERE store = $1 AND install_id = $2
ORDER BY ended_at DESC LIMIT $3
"""

# Whoever uses the next key first ends the present one, for every process.
_RENEW = """
WITH renewed AS (
    UPDATE store_key SET public_key = next_key, next_key = NULL, next_at = NULL, renewed_at = $5
    WHERE store = $1 AND install_id = $2 AND public_key = $3 AND next_key = $4
        AND ended_at IS NULL
    RETURNING store, install_id)
INSERT INTO former_store_key (store, install_id, public_key, ended_at)
SELECT store, install_id, $3, $5 FROM renewed
ON CONFLICT (store, install_id, public_key) DO UPDATE SET ended_at = excluded.ended_at
RETURNING store
"""

# A key that has ended meanwhile counts no longer, whatever a process remembers.
_SPEND = """
WITH swept AS (DELETE FROM request_nonce WHERE store = $1 AND created < $5)
INSERT INTO request_nonce (store, created, nonce)
SELECT $1, $3, $4 FROM store_key
WHERE store = $1 AND install_id = $2 AND public_key = $6 AND ended_at IS NULL
ON CONFLICT DO NOTHING
RETURNING store
"""

_STANDS = "SELECT why_ended, public_key FROM store_key WHERE store = $1 AND install_id = $2"


class Caller(NamedTuple):
    """Who sent a request, as its signature proves it."""

    store: str
    identity: Identity
    nonce: str
    created: int
    """Unix seconds."""
    public_key: bytes
    """By which it is proven."""


class Access:
    """Tells which store sends a request."""

    def __init__(self, *, pool: Pool, clock: Clock, on_replaced: OnReplaced) -> None:
        """`on_replaced` hears of a store whose replaced machine asks, or a copy of its disk."""
        self._pool = pool
        self._clock = clock
        self._on_replaced = on_replaced
        self._keys: dict[str, tuple[_Key, int]] = {}
        self._nonces = _Nonces()

    async def caller(self, request: web.Request) -> Caller:
        """Return who the request is from.

        ProblemError 401 if that is not proven, 403 `fenced` for a machine that was replaced,
        `key_renewed` for a copy of its disk that another one has left behind.
        """
        signature = read_signature(request)
        key = await self._proven(request, signature)
        if key.why_ended == REPLACED:
            await self._on_replaced(key.store)
            raise ProblemError(403, "fenced", "another machine was enrolled for this store")
        if key.why_ended:
            raise refused("key_revoked", "head office took this machine's key back")
        identity = Identity.told_in(request.headers)
        if identity.install_id != signature.key_id:
            raise refused("identity_missing", "Store-Install, which names the key, and Store-Epoch")
        self._check_fresh(signature)
        if key.ended_at is not None:
            await self._tell_of_copy(key)
            raise renewed()
        if key.follows:
            await self._renew(key, signature.key_id)
        return Caller(key.store, identity, signature.nonce, signature.created, key.raw)

    def _check_fresh(self, signature: Signature) -> None:
        now = self._clock.wall()
        off_ms = signature.created * SECOND_MS - now
        if abs(off_ms) > WINDOW_MS:
            detail = f"the request's time is {off_ms // SECOND_MS} s from head office's"
            raise refused("clock_differs", detail)
        if not self._nonces.is_new(f"{signature.key_id} {signature.nonce}", now=now):
            raise replayed()

    async def _proven(self, request: web.Request, signature: Signature) -> "_Key":
        """Return the key that has signed; one that is remembered may have been renewed since."""
        remembered, until = self._keys.get(signature.key_id, (None, 0))
        if remembered is not None and self._clock.monotonic_ms() < until:
            with suppress(ProblemError):
                verify(request, signature, remembered.public)
                return remembered
        key = await self._asked(signature.key_id)
        try:
            verify(request, signature, key.public)
            return key
        except ProblemError:
            for other in await self._others(key, signature.key_id):
                with suppress(ProblemError):
                    verify(request, signature, other.public)
                    return other
            raise

    async def _asked(self, install_id: str) -> "_Key":
        row = await self._pool.fetchrow(_FIND, install_id)
        if row is None:
            raise refused("key_unknown", "head office has not enrolled this machine")
        key = _Key.of(row["store"], row["public_key"], row["why_ended"] or "")
        self._remember(install_id, key)
        return key

    async def _others(self, key: "_Key", install_id: str) -> list["_Key"]:
        """Return what an installation may sign by besides: the key to come, and those of before."""
        coming = await self._pool.fetchval(_COMING, key.store, install_id, key.raw)
        former = await self._pool.fetch(_FORMER, key.store, install_id, MAX_FORMER)
        others = [_Key.of(key.store, coming, key.why_ended, follows=key.raw)] if coming else []
        return others + [
            _Key.of(key.store, raw, key.why_ended, ended_at=ended_at) for raw, ended_at in former
        ]

    async def _renew(self, key: "_Key", install_id: str) -> None:
        """Let the key of before count no more, since its follower is in use."""
        now = self._clock.wall()
        if await self._pool.fetchval(_RENEW, key.store, install_id, key.follows, key.raw, now):
            _log.info("store_key_renewed", store=key.store, install_id=install_id)
        self._remember(install_id, key._replace(follows=b""))

    async def _tell_of_copy(self, key: "_Key") -> None:
        """Note that a copy of the disk signs by a key of before; what was on its way when the key
        was renewed is none."""
        if abs(self._clock.wall() - (key.ended_at or 0)) > WINDOW_MS:
            await self._on_replaced(key.store)

    def _remember(self, install_id: str, key: "_Key") -> None:
        if len(self._keys) >= MAX_REMEMBERED:
            self._keys.clear()
        self._keys[install_id] = key, self._clock.monotonic_ms() + REMEMBERED_MS


class _Key(NamedTuple):
    store: str
    raw: bytes
    public: Ed25519PublicKey
    why_ended: str
    follows: bytes = b""
    """It is the next one: the one that it will take the place of."""
    ended_at: int | None = None
    """It was renewed then, and counts no more."""

    @classmethod
    def of(
        cls,
        store: str,
        raw: bytes,
        why_ended: str,
        *,
        follows: bytes = b"",
        ended_at: int | None = None,
    ) -> "_Key":
        public = Ed25519PublicKey.from_public_bytes(raw)
        return cls(store, raw, public, why_ended, follows, ended_at)


class _Nonces:
    """The requests of the window, in two halves that take turns: one process's, in memory."""

    def __init__(self) -> None:
        self._young: set[str] = set()
        self._old: set[str] = set()
        self._turn_at = 0

    def is_new(self, nonce: str, *, now: int) -> bool:
        if nonce in self._young or nonce in self._old:
            return False
        if abs(now - self._turn_at) >= 2 * WINDOW_MS or len(self._young) >= MAX_NONCES:
            self._old, self._young, self._turn_at = self._young, set(), now
        self._young.add(nonce)
        return True


async def spend(connection: Connection, caller: Caller) -> None:
    """Let the request count in this transaction, and never again; ProblemError 401 or 403."""
    before = caller.created - 2 * WINDOW_MS // SECOND_MS
    identity = caller.identity
    spent = await connection.fetchval(
        _SPEND,
        caller.store,
        identity.install_id,
        caller.created,
        caller.nonce,
        before,
        caller.public_key,
    )
    if spent is not None:
        return
    stands = await connection.fetchrow(_STANDS, caller.store, identity.install_id)
    if stands is not None and stands["why_ended"] is not None:
        raise ProblemError(403, "fenced", "another machine was enrolled for this store")
    if stands is not None and stands["public_key"] != caller.public_key:
        raise renewed()
    raise replayed()


def same_store(said: str, *, caller: str) -> None:
    """Raise ProblemError 403 unless the message speaks of the store that sends it."""
    if said != caller:
        raise ProblemError(403, "other_store", f"the key is {caller}'s, the message says {said!r}")


def same_installation(said: str, caller: Caller) -> None:
    """Raise ProblemError 403 unless the message speaks of the installation that signed it."""
    if said != caller.identity.install_id:
        raise ProblemError(403, "other_installation", f"the key is another's, not {said!r}'s")


def read_signature(request: web.Request) -> Signature:
    """Return the request's signature, not verified yet; from now on the answer will be signed."""
    try:
        signature = signature_of(request.headers)
    except SignatureError as error:
        raise refused(error.code, str(error)) from None
    request[NONCE] = signature.nonce
    return signature


def verify(request: web.Request, signature: Signature, key: Ed25519PublicKey) -> None:
    """Raise ProblemError 401 unless `key` signed the request."""
    path, _, query = request.raw_path.partition("?")
    message = Message(request.method, request.host, path, query, request.headers)
    try:
        digest = request.headers.get(DIGEST_HEADER, "")
        verify_request(signature, message, key, digest=digest)
    except SignatureError as error:
        raise refused(error.code, str(error)) from None


def renewed() -> ProblemError:
    """The answer to a request by a key of before."""
    detail = (
        "this key was renewed since: by another copy of this machine's disk, or it was set back"
    )
    return ProblemError(403, "key_renewed", detail)


def replayed() -> ProblemError:
    """The answer to a request that was here before."""
    return refused("request_replayed", "this request was answered before: sign each anew")


def refused(code: str, detail: str) -> ProblemError:
    """The answer to a request whose sender is not proven."""
    return ProblemError(401, code, detail)
