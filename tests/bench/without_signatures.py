"""Agent and store-hq as they would be without signatures: whoever names an installation is it.

`python -m tests.bench.without_signatures store-agent|store-hq ARGUMENTS`: nothing is signed,
verified or digested, and no nonce is kept.
"""

import sys
from collections.abc import Mapping

from aiohttp import web
from asyncpg import Connection
from yarl import URL

from sync.hq import access
from sync.hq.access import Access, Caller
from sync.protocol.identity import Identity
from sync.store_key import Proof, StoreKey

_STORE = "SELECT store FROM store_key WHERE install_id = $1 AND ended_at IS NULL"


def _unproven(
    self: StoreKey, method: str, url: URL, body: bytes, headers: Mapping[str, str]
) -> Proof:
    return Proof({}, "")


def _believed(
    self: StoreKey, proof: Proof, status: int, headers: Mapping[str, str], body: bytes
) -> bool:
    return True


class _Callers:
    """Who calls, by what it says of itself; asked of the database once."""

    def __init__(self) -> None:
        self._stores: dict[str, str] = {}

    async def caller(self, own: Access, request: web.Request) -> Caller:
        identity = Identity.told_in(request.headers)
        install_id = identity.install_id
        if install_id not in self._stores:
            self._stores[install_id] = await own._pool.fetchval(_STORE, install_id)
        return Caller(self._stores[install_id], identity, "", 0, b"")


async def _not_spent(connection: Connection, caller: Caller) -> None:
    return None


def main() -> int:
    """Run the program without what the signatures do."""
    program, *arguments = sys.argv[1:]
    StoreKey.prove = _unproven  # type: ignore[method-assign]
    StoreKey.is_hqs = _believed  # type: ignore[method-assign]
    callers = _Callers()
    Access.caller = lambda self, request: callers.caller(self, request)  # type: ignore[method-assign]
    access.spend = _not_spent  # before anything imports it
    if program == "store-agent":
        from agent.cli import main as run
    else:
        from sync.hq.cli import main as run
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
