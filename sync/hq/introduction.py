"""Introduction: what a PC asks to know whom it speaks with. Asking changes nothing."""

from asyncpg import Pool

from agent.base.clock import Clock
from agent.domain.trust.document import DocumentKind
from sync.hq.trust.documents import latest
from sync.protocol.keys import HqKeySet
from sync.protocol.messages import Introduction

_NAME = "SELECT name FROM store WHERE store = $1"


class Introducer:
    """Tells a store who it is to HQ."""

    def __init__(self, *, pool: Pool, clock: Clock, app_version: str) -> None:
        self._pool = pool
        self._clock = clock
        self._app_version = app_version

    async def introduce(self, store: str) -> Introduction:
        """Return what HQ knows of `store`, with HQ's clock, version and signed key set."""
        async with self._pool.acquire() as connection:
            name = await connection.fetchval(_NAME, store)
            key_set = await latest(connection, DocumentKind.KEY_SET)
        return Introduction(
            store=store,
            name=name or "",
            server_time=self._clock.wall(),
            app_version=self._app_version,
            key_set=(key_set or b"").hex(),
        )

    async def key_set(self) -> HqKeySet:
        """Return the newest key set; root has signed it, so that it needs no other proof."""
        async with self._pool.acquire() as connection:
            key_set = await latest(connection, DocumentKind.KEY_SET)
        return HqKeySet(key_set=(key_set or b"").hex())
