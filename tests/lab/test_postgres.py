"""The laboratory's PostgreSQL: durable, killable, and never left behind."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.lab.ports import free_port
from tests.lab.postgres import PostgresServer, PostgresStartError
from tests.lab.process_tree import family, wait_for_end

LAUNCHER = """
import sys
from pathlib import Path
from tests.lab.postgres import PostgresServer
server = PostgresServer(data_dir=Path(sys.argv[1]), port=int(sys.argv[2]))
server.start()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    with PostgresServer(data_dir=tmp_path / "data") as server:
        yield server


async def execute(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def value(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def cluster_pids(server: PostgresServer) -> set[int]:
    """Every process of the running server."""
    lock_file = await value(server.dsn("postgres"), "SELECT pg_read_file('postmaster.pid')")
    return family(int(str(lock_file).split()[0]))


async def test_everything_that_makes_a_commit_durable_is_on(server: PostgresServer) -> None:
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert await value(server.dsn("postgres"), f"SHOW {setting}") == "on"


async def test_times_are_utc_and_texts_utf8(database_dsn: str) -> None:
    assert await value(database_dsn, "SHOW timezone") == "UTC"
    assert await value(database_dsn, "SHOW server_encoding") == "UTF8"


async def test_committed_rows_survive_the_kill_of_the_whole_cluster(
    server: PostgresServer,
) -> None:
    dsn = server.dsn("postgres")
    await execute(dsn, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1), (2)")
    pids = await cluster_pids(server)

    await asyncio.to_thread(server.kill)
    assert all(wait_for_end(pid, 0) for pid in pids)

    assert await asyncio.to_thread(server.start) == dsn
    assert await value(dsn, "SELECT count(*) FROM kept") == 2


async def test_an_open_transaction_does_not_survive_the_kill(server: PostgresServer) -> None:
    dsn = server.dsn("postgres")
    await execute(dsn, "CREATE TABLE kept (n int)")
    connection = await asyncpg.connect(dsn)
    await connection.execute("BEGIN")
    await connection.execute("INSERT INTO kept VALUES (1)")

    await asyncio.to_thread(server.kill)
    connection.terminate()

    await asyncio.to_thread(server.start)
    assert await value(dsn, "SELECT count(*) FROM kept") == 0


async def test_stop_leaves_no_process_and_may_be_repeated(server: PostgresServer) -> None:
    pids = await cluster_pids(server)
    assert len(pids) > 1
    await asyncio.to_thread(server.stop)
    assert all(wait_for_end(pid) for pid in pids)
    await asyncio.to_thread(server.stop)


async def test_data_and_port_are_the_same_after_a_stop(server: PostgresServer) -> None:
    dsn = server.dsn("postgres")
    await execute(dsn, "CREATE TABLE kept (n int)")
    await asyncio.to_thread(server.stop)
    assert await asyncio.to_thread(server.start) == dsn
    assert await value(dsn, "SELECT count(*) FROM kept") == 0


async def test_the_server_ends_when_its_launcher_is_killed(tmp_path: Path) -> None:
    data_dir, port = tmp_path / "data", free_port()
    launcher = await asyncio.create_subprocess_exec(
        *[sys.executable, "-c", LAUNCHER, str(data_dir), str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert launcher.stdout is not None
    assert await launcher.stdout.readline() == b"ready\n"
    pids = await cluster_pids(PostgresServer(data_dir=data_dir, port=port))
    launcher.kill()
    await launcher.communicate()

    # The next start waits for it, and finds the cluster shut down cleanly.
    successor = PostgresServer(data_dir=data_dir, port=port)
    await asyncio.to_thread(successor.start)
    try:
        assert all(wait_for_end(pid, 0) for pid in pids)
    finally:
        await asyncio.to_thread(successor.stop)


def test_a_data_directory_out_of_reach_of_the_servers_account_will_do(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with PostgresServer(data_dir=closed / "data"):
        pass


def test_a_port_in_use_is_told_with_the_servers_own_words(
    server: PostgresServer, tmp_path: Path
) -> None:
    second = PostgresServer(data_dir=tmp_path / "second", port=server.port)
    with pytest.raises(PostgresStartError, match="Address already in use"):
        second.start()
    second.stop()


async def test_each_test_has_a_database_of_its_own(
    postgres_server: PostgresServer, database_dsn: str
) -> None:
    await execute(database_dsn, "CREATE TABLE mine (n int)")
    other = await asyncio.to_thread(postgres_server.create_database, "other")
    assert await value(other, "SELECT to_regclass('mine')") is None
    await asyncio.to_thread(postgres_server.drop_database, "other")
