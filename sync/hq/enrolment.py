"""Enrolment: one-time codes, and the machine that uses one up and then speaks for the store.

One machine speaks for a store: enrolling another ends the keys of all others, and the next hello of
the new one takes the store's identity over.
"""

from typing import NamedTuple
from uuid import uuid4

import msgspec
from asyncpg import Connection, Pool, Record
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent.base.clock import Clock, Millis
from agent.base.problem import ProblemError
from agent.domain.trust.document import DocumentKind
from sync.hq.access import REPLACED, REVOKED
from sync.hq.closing_keys import How, register
from sync.hq.errors import AdminError
from sync.hq.stores import check_store
from sync.hq.trust.documents import latest
from sync.hq.trust.keys import KeyStore, root_public_key
from sync.protocol.enrolment import EnrolmentAnswer, EnrolmentCode, EnrolmentOrder

_ONE_A_STORE = "DELETE FROM enrolment_code WHERE store = $1 AND used_at IS NULL"

_MAKE = """
INSERT INTO enrolment_code (code_hash, store, root_key, made_at, expires_at)
VALUES ($1, $2, $3, $4, $5)
"""

_CODE = """
SELECT c.store, s.name, c.root_key, c.expires_at, c.used_at, c.install_id
FROM enrolment_code c JOIN store s USING (store) WHERE c.code_hash = $1 FOR UPDATE OF c
"""

_USED = "UPDATE enrolment_code SET used_at = $2, install_id = $3 WHERE code_hash = $1"

_IS_KEY = """
SELECT FROM store_key WHERE install_id = $1 AND public_key = $2 AND ended_at IS NULL
"""

_OWNER = "SELECT store FROM store_key WHERE install_id = $1"

_LOCK = "SELECT FROM store_position WHERE store = $1 FOR UPDATE"

_END_OTHERS = """
UPDATE store_key SET ended_at = $3, why_ended = $4
WHERE store = $1 AND install_id <> $2 AND ended_at IS NULL
"""

_KEY = """
INSERT INTO store_key (store, install_id, public_key, enrolled_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (store, install_id) DO UPDATE SET public_key = excluded.public_key,
    enrolled_at = excluded.enrolled_at, ended_at = NULL, why_ended = NULL,
    next_key = NULL, next_at = NULL, renewed_at = NULL
"""

_TAKE_OVER = """
UPDATE store_position SET install_id = NULL WHERE store = $1 AND install_id <> $2
"""

_UNFENCED = "UPDATE store_contact SET fenced_at = NULL WHERE store = $1"

_REVOKE = """
UPDATE store_key SET ended_at = $2, why_ended = $3 WHERE store = $1 AND ended_at IS NULL
RETURNING install_id
"""

_decoder = msgspec.json.Decoder(EnrolmentOrder)


class Order(NamedTuple):
    """What a machine asks, and the key that has to have signed it."""

    told: EnrolmentOrder
    key: Ed25519PublicKey


class Enroller:
    """Takes in the machines that bring a code."""

    def __init__(
        self, *, pool: Pool, clock: Clock, urls: tuple[str, ...], app_version: str
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._urls = urls
        self._app_version = app_version

    async def enrol(self, order: Order) -> EnrolmentAnswer:
        """Let the machine speak for the code's store, after the commit; ProblemError 403."""
        told, now = order.told, self._clock.wall()
        code_hash = EnrolmentCode(told.secret, "").hash
        async with self._pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(_CODE, code_hash)
            install_id = await _admitted(connection, row, told, now=now)
            if not told.only_look and row["used_at"] is None:
                await connection.execute(_USED, code_hash, now, install_id)
                public_key = bytes.fromhex(told.public_key)
                await take_in(connection, row["store"], install_id, public_key=public_key, now=now)
                await _keep_closing_key(connection, row["store"], install_id, told, now=now)
            key_set = await latest(connection, DocumentKind.KEY_SET)
            policy = await latest(connection, DocumentKind.POLICY)
        return EnrolmentAnswer(
            store=row["store"],
            name=row["name"],
            install_id="" if told.only_look else install_id,
            root_key=row["root_key"],
            key_set=(key_set or b"").hex(),
            policy=(policy or b"").hex(),
            urls=self._urls,
            server_time=now,
            app_version=self._app_version,
        )


def read_order(data: bytes) -> Order:
    """Return the order in `data`; ProblemError 400."""
    try:
        told = _decoder.decode(data)
        return Order(told, Ed25519PublicKey.from_public_bytes(bytes.fromhex(told.public_key)))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError(400, "enrolment_malformed", str(error)[:300]) from None


async def make_code(
    connection: Connection, key_store: KeyStore, store: str, *, now: Millis, until: Millis
) -> EnrolmentCode:
    """Return a fresh code that enrols one machine for `store`; its former ones end. AdminError."""
    await check_store(connection, store)
    root_key = root_public_key(key_store)
    code = EnrolmentCode.make(root_key)
    async with connection.transaction():
        await connection.execute(_ONE_A_STORE, store)
        await connection.execute(_MAKE, code.hash, store, root_key, now, until)
    return code


async def take_in(
    connection: Connection, store: str, install_id: str, *, public_key: bytes, now: int
) -> None:
    """Let this machine alone speak for `store` from now on."""
    async with connection.transaction():
        await connection.execute(_LOCK, store)
        await connection.execute(_END_OTHERS, store, install_id, now, REPLACED)
        await connection.execute(_KEY, store, install_id, public_key, now)
        await connection.execute(_TAKE_OVER, store, install_id)
        await connection.execute(_UNFENCED, store)


async def _keep_closing_key(
    connection: Connection, store: str, install_id: str, told: EnrolmentOrder, *, now: int
) -> None:
    if told.closing_key:
        key = told.closing_key
        await register(connection, store, key, install_id=install_id, how=How.ENROLLED, now=now)


async def revoke(connection: Connection, store: str, *, now: Millis) -> None:
    """Take the key of the store's machine back; AdminError if none has one."""
    await check_store(connection, store)
    if not await connection.fetch(_REVOKE, store, now, REVOKED):
        raise AdminError(
            "no machine of {store} has a key; `store-hq stores enrol {store}` lets one in",
            store=store,
        )


async def _admitted(
    connection: Connection, code: Record | None, told: EnrolmentOrder, *, now: int
) -> str:
    """Return the id under which a machine is taken in: the one it has, if it is no other store's.

    A machine whose answer was lost is told again what it was told.
    """
    if code is None:
        raise ProblemError(403, "code_unknown", "head office made no such code")
    if code["used_at"] is not None:
        key = code["install_id"], bytes.fromhex(told.public_key)
        if await connection.fetchrow(_IS_KEY, *key) is None:
            raise ProblemError(403, "code_used", "the code was used: `store-hq stores enrol`")
        return str(code["install_id"])
    if now >= code["expires_at"]:
        raise ProblemError(403, "code_expired", "the code has ended: `store-hq stores enrol`")
    owner = await connection.fetchval(_OWNER, told.install_id)
    if owner not in (None, code["store"]):
        detail = f"this machine's database is of store {owner}"
        raise ProblemError(403, "install_of_other_store", detail)
    return told.install_id or uuid4().hex
