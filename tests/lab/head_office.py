"""Head office of the lab: a real PostgreSQL and a real store-hq, each to be killed and started."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from agent.base.clock import SystemClock
from sync.hq import migrations
from sync.hq.database import connect
from sync.hq.settings import DatabaseSection
from sync.hq.trust.keys import KeyStore, root_public_key
from sync.hq.trust.setup import set_up
from sync.waiting import unbroken
from tests.lab.clusters import kept
from tests.lab.ports import LOOPBACK
from tests.lab.postgres import PostgresServer, empty_cluster
from tests.lab.service import Service, console_script

DATABASE = "head_office"

_CONFIG = """\
# Written anew at each start of the lab.
[database]
dsn = "{dsn}"

[server]
port = {port}

[paths]
keys_dir = "{keys_dir}"

[log]
format = "json"
"""


def migrated_cluster() -> Path:
    """The archive of a cluster with HQ's database, empty but for its schema."""
    schema = Path(migrations.__file__).with_name("schema")
    digest = hashlib.sha256(empty_cluster().name.encode())
    for name in migrations.known_migrations():
        digest.update(name.encode() + (schema / name).read_bytes())
    return kept("hq", digest.hexdigest()[:16], _migrated)


def _migrated(directory: Path) -> Path:
    with PostgresServer(data_dir=directory, durable=False) as server:
        asyncio.run(_migrate(server.create_database(DATABASE)))
    return directory / "cluster"


async def _migrate(dsn: str) -> None:
    connection = await connect(DatabaseSection(dsn=dsn))
    try:
        await migrations.migrate(connection)
    finally:
        await connection.close()


class HeadOffice:
    """PostgreSQL and store-hq, with all their files in `directory`."""

    def __init__(self, directory: Path, *, port: int, postgres_port: int | None = None) -> None:
        self.directory = directory
        self.port = port
        self.postgres = PostgresServer(
            data_dir=directory / "postgres", port=postgres_port, archive=migrated_cluster
        )
        self.server = Service(
            "store-hq",
            [console_script("store-hq"), "run", "--config", str(self.config_file)],
            log=directory / "store-hq.log",
        )
        self.key_store = KeyStore(directory / "keys")

    @property
    def config_file(self) -> Path:
        """The settings of store-hq."""
        return self.directory / "hq.toml"

    @property
    def url(self) -> str:
        """The address that stores sync with."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def dsn(self) -> str:
        """The address of HQ's database."""
        return self.postgres.dsn(DATABASE)

    @property
    def root_key(self) -> str:
        """The public key that stores pin, hex; once started."""
        return root_public_key(self.key_store)

    async def start(self) -> None:
        """Return when store-hq serves; makes database, keys and policy if missing."""
        self.directory.mkdir(parents=True, exist_ok=True)
        await self.start_postgres()
        await self._set_up()
        self._write_config()
        await self.server.start()

    async def stop(self) -> None:
        """Stop store-hq, then PostgreSQL."""
        try:
            await self.server.stop()
        finally:
            await unbroken(asyncio.to_thread(self.postgres.stop))

    async def start_postgres(self) -> None:
        """Return when PostgreSQL accepts connections; also after it was killed."""
        await unbroken(asyncio.to_thread(self.postgres.start))

    async def kill_postgres(self) -> None:
        """Kill every process of PostgreSQL (SIGKILL)."""
        await unbroken(asyncio.to_thread(self.postgres.kill))

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection to HQ's database, for the admin library or to look."""
        connection = await connect(DatabaseSection(dsn=self.dsn))
        try:
            yield connection
        finally:
            await connection.close()

    async def _set_up(self) -> None:
        async with self.connection() as connection:
            await set_up(connection, self.key_store, now=SystemClock().wall())

    def _write_config(self) -> None:
        text = _CONFIG.format(
            dsn=self.dsn, port=self.port, keys_dir=(self.directory / "keys").resolve()
        )
        self.config_file.write_text(text, "utf-8")
