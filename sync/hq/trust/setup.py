"""Setting head office up, again and again without harm."""

import msgspec
from asyncpg import Connection

from agent.base.clock import DAY_MS, Millis
from agent.domain.trust.document import DocumentKind
from agent.domain.trust.policy import Policy
from sync.hq.migrations import migrate
from sync.hq.trust.documents import latest
from sync.hq.trust.keys import (
    KeyStore,
    add_signing_key,
    list_signing_keys,
    root_public_key,
    vouch_for_answers,
)
from sync.hq.trust.policy import current_policy, publish_policy

FIRST_KEY_DAYS = 730
ANSWER_KEY_DAYS = 3_650
CLOCK_LEEWAY_DAYS = 1
"""A store's clock may be behind; the first key counts from a day before."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What is there after setting up."""

    root_key: str
    """Public key to pin in every store, 64 hex digits."""
    migrations: tuple[str, ...]
    """Those that were applied now."""


async def set_up(connection: Connection, key_store: KeyStore, *, now: Millis) -> Setup:
    """Bring the schema up to date; make root key, first signing key and policy if missing."""
    applied = await migrate(connection)
    if await latest(connection, DocumentKind.KEY_SET) is None:
        key_store.ensure_root()
    else:
        key_store.root()  # a new one would be believed by no store
    await vouch_for_own_answers(connection, key_store, now=now)
    if not await list_signing_keys(connection):
        await add_signing_key(
            connection,
            key_store,
            not_before=Millis(now - CLOCK_LEEWAY_DAYS * DAY_MS),
            not_after=Millis(now + FIRST_KEY_DAYS * DAY_MS),
            now=now,
        )
    if await current_policy(connection, key_store) is None:
        await publish_policy(connection, key_store, Policy(version=0), now=now)
    return Setup(root_key=root_public_key(key_store), migrations=tuple(applied))


async def vouch_for_own_answers(
    connection: Connection, key_store: KeyStore, *, now: Millis
) -> None:
    """Let stores believe what this machine's server signs; a key that was revoked stays so."""
    await vouch_for_answers(
        connection,
        key_store,
        not_before=Millis(now - CLOCK_LEEWAY_DAYS * DAY_MS),
        not_after=Millis(now + ANSWER_KEY_DAYS * DAY_MS),
        now=now,
    )
