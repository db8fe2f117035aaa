"""Fixtures of head office: a database that is set up, and a server on it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import asyncpg
import pytest

from sync.hq.database import connect
from sync.hq.settings import DatabaseSection
from sync.hq.trust.keys import KeyStore
from sync.hq.trust.setup import set_up
from tests.hq.head_office import HeadOffice, StoreClient, head_office
from tests.hq.journal import NOON
from tests.lab.postgres import PostgresServer


class Template(NamedTuple):
    """A database that was set up once, to be copied, and the keys that belong to it."""

    name: str
    keys_dir: Path


@pytest.fixture(scope="session")
def hq_template(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Template:
    """Set up once what every test of head office begins with."""
    template = Template(f"template_{uuid4().hex}", tmp_path_factory.mktemp("hq") / "keys")
    asyncio.run(_set_up(postgres_server.create_database(template.name), template.keys_dir))
    return template


@pytest.fixture
async def hq_dsn(postgres_server: PostgresServer, hq_template: Template) -> AsyncIterator[str]:
    """A database that is set up and this test's alone."""
    name = f"hq_{uuid4().hex}"
    admin = await asyncpg.connect(postgres_server.dsn("postgres"))
    try:
        template = f"TEMPLATE {hq_template.name} STRATEGY FILE_COPY"
        await admin.execute(f"CREATE DATABASE {name} {template}")
        yield postgres_server.dsn(name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest.fixture
def keys_dir(hq_template: Template, tmp_path: Path) -> Path:
    """The keys of the database, this test's alone."""
    shutil.copy(hq_template.keys_dir.parent / "answers.pem", tmp_path)
    return Path(shutil.copytree(hq_template.keys_dir, tmp_path / "keys"))


@pytest.fixture
async def hq(hq_dsn: str, keys_dir: Path) -> AsyncIterator[HeadOffice]:
    """Head office without any store."""
    async with head_office(hq_dsn, keys_dir) as hq:
        yield hq


@pytest.fixture
async def store(hq: HeadOffice) -> StoreClient:
    """The store MB001, in its first epoch."""
    return await hq.store("MB001")


@pytest.fixture
async def other(hq: HeadOffice, store: StoreClient) -> StoreClient:
    """The store MB002."""
    return await hq.store("MB002")


async def _set_up(dsn: str, keys_dir: Path) -> None:
    connection = await connect(DatabaseSection(dsn=dsn))
    try:
        await set_up(connection, KeyStore(keys_dir), now=NOON)
    finally:
        await connection.close()
