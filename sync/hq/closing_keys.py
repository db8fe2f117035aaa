"""The keys by which the stores' Z reports may be signed.

They are told when a machine is enrolled, heard first of one that was enrolled without, or accepted
by people.
"""

from enum import StrEnum

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis

_KNOWN = "SELECT public_key, install_id FROM closing_key WHERE store = $1"

_REGISTER = """
INSERT INTO closing_key (store, public_key, install_id, since, how) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (store, public_key) DO UPDATE SET install_id = excluded.install_id
WHERE excluded.install_id <> ''
"""

_LIST = """
SELECT store, public_key, install_id, since, how FROM closing_key
WHERE $1::text IS NULL OR store = $1 ORDER BY store, since, public_key
"""


class How(StrEnum):
    """How a closing key came to be known."""

    ENROLLED = "enrolled"
    """Told when its machine was enrolled."""
    FIRST_HEARD = "first_heard"
    """The first of a machine that was enrolled without telling one."""
    ACCEPTED = "accepted"
    """By people."""
    BEFORE = "before"
    """It had signed before keys were looked at."""


class ClosingKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that a store's Z reports may be signed by."""

    store: str
    public_key: str
    """Ed25519, 64 hex digits."""
    install_id: str
    """Whose it is; empty: not known."""
    since: Millis
    how: How


async def register(
    connection: Connection, store: str, public_key: str, *, install_id: str, how: How, now: int
) -> None:
    """Let Z reports of `store` be signed by this key, 64 hex digits, from now on."""
    await connection.execute(_REGISTER, store, public_key, install_id, now, how)


async def list_closing_keys(connection: Connection, *, store: str | None) -> list[ClosingKey]:
    """Return the keys by store, the oldest first."""
    return [msgspec.convert(dict(row), ClosingKey) for row in await connection.fetch(_LIST, store)]


async def closing_keys_of(connection: Connection, store: str) -> dict[str, str]:
    """Return whose each key of `store` is, by the key; empty: not known."""
    rows = await connection.fetch(_KNOWN, store)
    return {row["public_key"]: row["install_id"] for row in rows}
