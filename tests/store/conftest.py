"""A store's database, opened."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from agent.state_dir import DATABASE_FILE
from agent.store.database import Database
from agent.store.line import sync_state
from agent.store.sqlite import Connection, connect
from tests.lab.fresh_file import fresh_database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / DATABASE_FILE


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    opened = fresh_database(file)
    opened.open()
    yield opened
    await asyncio.to_thread(opened.close)


@pytest.fixture
def db(file: Path) -> Iterator[Connection]:
    """A connection to a founded database, without a writer thread."""
    fresh_database(file)
    connection = connect(str(file))
    sync_state.found(connection, store="MB001", install_id="i1")
    yield connection
    connection.close()


@pytest.fixture
def beside(database: Database, file: Path) -> Iterator[Connection]:
    """Another connection: it sees what is committed, and nothing else."""
    connection = connect(str(file), read_only=True)
    yield connection
    connection.close()
