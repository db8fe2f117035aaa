"""A wallet process: the only place that names what it is made of."""

import asyncio
import signal
from pathlib import Path
from zoneinfo import ZoneInfo

from asyncpg import Connection
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import Clock, Millis, SystemClock
from agent.base.logging import get_logger
from agent.base.notify import Notifier
from sync.hq.anchor import Anchor
from sync.hq.database import create_pool
from sync.hq.migrations import check_schema
from sync.hq.server import Server
from sync.hq.settings import HqSettings
from sync.hq.trust.keys import KeyStore, oldest_signing_key
from sync.hq.wallet.desk import WalletDesk
from sync.hq.wallet.page import Pages

_log = get_logger(__name__)


class WalletKeys:
    """Signs by the wallet's own keys: the one that stores have known longest."""

    def __init__(self, directory: Path) -> None:
        self._keys = KeyStore(directory)

    async def key(
        self, connection: Connection, *, now: Millis, until: Millis
    ) -> tuple[bytes, Ed25519PrivateKey]:
        """Return a key that counts from `now` to `until`, and its id; AdminError."""
        return await oldest_signing_key(connection, self._keys, now=now, until=until)


def server_of(settings: HqSettings, desk: WalletDesk) -> Server:
    """Return the server of the wallet's pages."""
    return Server(
        desk=desk,
        host=settings.wallet.host,
        port=settings.wallet.port,
        request_timeout_ms=settings.server.request_timeout_ms,
    )


async def run(settings: HqSettings, *, notifier: Notifier, clock: Clock | None = None) -> None:
    """Serve until SIGTERM or SIGINT. SchemaError, OSError as `sync.hq.compose.run`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    anchor = Anchor(settings.paths.state_dir)
    timeout_ms = settings.server.request_timeout_ms
    async with create_pool(
        settings.database, statement_timeout_ms=timeout_ms, admit=anchor.admit
    ) as pool:
        async with pool.acquire() as connection:
            await check_schema(connection)
        desk = WalletDesk(
            pool=pool,
            clock=clock or SystemClock(),
            signs=WalletKeys(Path(settings.wallet.keys_dir)),
            pages=Pages(ZoneInfo(settings.chain.timezone)),
        )
        server = server_of(settings, desk)
        url = await server.start()
        try:
            _log.info("listening", url=url)
            notifier.ready(f"listening on {url}")
            await notifier.run_watchdog(stop)
            notifier.stopping("finishing requests")
        finally:
            await server.stop()
    _log.info("stopped")
