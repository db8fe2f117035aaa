"""A restored database is served to nobody before people say so; no store can bring that about."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from sync.hq.anchor import Anchor, DatabaseSetBackError
from sync.hq.coupons.revocations import revoke_coupons
from sync.hq.database import connect, create_pool
from sync.hq.settings import DatabaseSection
from tests.hq.head_office import FixedClock, HeadOffice, StoreClient, head_office
from tests.hq.process import serving
from tests.lab.postgres import PostgresServer
from tests.lab.postgres_binaries import find_binaries

AHEAD = 5_000
"""Transactions, so that the store's place in the feed is beyond those of a younger PostgreSQL."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[PostgresServer]:
    """Another PostgreSQL, as after the machine was lost."""
    with PostgresServer() as server:
        yield server


_BURN = """
DO $$ BEGIN
    WHILE pg_current_xact_id()::text::bigint < {beyond} LOOP COMMIT; END LOOP;
END $$
"""


async def burn(db: asyncpg.Connection, beyond: int) -> None:
    """Use up transactions, as HQ does in its time."""
    await db.execute(_BURN.format(beyond=beyond))


async def transactions(db: asyncpg.Connection) -> int:
    return int(await db.fetchval("SELECT pg_current_xact_id()::text::bigint"))


def dump(dsn: str, file: Path) -> None:
    pg("pg_dump", "--format=custom", f"--file={file}", dsn)


def restore(file: Path, dsn: str) -> None:
    pg("pg_restore", "--no-owner", f"--dbname={dsn}", str(file))


def pg(program: str, *arguments: str) -> None:
    subprocess.run([find_binaries().path(program), *arguments], check=True)


async def revoke(hq: HeadOffice, coupon_id: str) -> None:
    await revoke_coupons(hq.db, [coupon_id], now=hq.clock.wall())


def store_hq(dsn: str, keys_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as an operator does."""
    program = f"import sys; from sync.hq.cli import main; sys.exit(main({list(words)!r}))"
    environ = {"STORE_HQ_DATABASE__DSN": dsn, "STORE_HQ_PATHS__KEYS_DIR": str(keys_dir)}
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


async def read_all(store: StoreClient) -> str:
    """The store's place once it has the whole feed."""
    page = await store.page()
    assert not page.more
    return page.cursor


async def test_a_dump_restored_elsewhere_is_refused_until_it_is_said(
    hq_dsn: str, keys_dir: Path, elsewhere: PostgresServer, tmp_path: Path
) -> None:
    """And the control: without the refusal a revocation never reaches the store."""
    async with head_office(hq_dsn, keys_dir) as hq:
        async with create_pool(DatabaseSection(dsn=hq_dsn), admit=Anchor(tmp_path).admit) as pool:
            await pool.fetchval("SELECT 1")
        store = await hq.store("MB001")
        [coupon_id] = await hq.issue()
        dump(hq_dsn, tmp_path / "dump")
        await burn(hq.db, await transactions(hq.db) + AHEAD)
        await revoke(hq, (await hq.issue())[0])
        cursor = await read_all(store)
    restored = elsewhere.create_database(f"hq_{uuid4().hex}")
    restore(tmp_path / "dump", restored)

    async with head_office(restored, keys_dir) as hq:
        await revoke(hq, coupon_id)
        place = int(cursor.split(".")[0])
        assert await transactions(hq.db) < place
        await burn(hq.db, place + 2)
        unaware = store.at(hq)
        assert (await unaware.page(cursor)).changes == (), "the control: nothing is told"

    async with serving(restored, keys_dir) as process:
        async with serving_view(process.url, restored, keys_dir) as hq:
            held = store.at(hq)
            refused = await held.get_changes(cursor)
            assert (refused.status, refused.code) == (503, "database_set_back")
            assert "store-hq restored" in refused.problem["detail"]
            assert (await hq.request("GET", "/healthz")).status == 503
        process.process.terminate()
        await process.end()
        assert b'"database_set_back"' in process.log

    shown = await asyncio.to_thread(store_hq, restored, keys_dir, "stores", "list")
    assert "run `store-hq restored`" in shown.stderr
    said = await asyncio.to_thread(store_hq, restored, keys_dir, "restored", "--yes")
    assert said.returncode == 0, said.stderr

    async with (
        serving(restored, keys_dir) as process,
        serving_view(process.url, restored, keys_dir) as hq,
    ):
        told = store.at(hq)
        assert (await told.get_changes(cursor)).status == 410
        states = [(one["coupon_id"], one["state"]) for one in await told.changes("coupon")]
        assert (coupon_id, "revoked") in states


def serving_view(url: str, dsn: str, keys_dir: Path) -> "_View":
    return _View(url, dsn, keys_dir)


class _View:
    """Requests to a process, and a look into its database."""

    def __init__(self, url: str, dsn: str, keys_dir: Path) -> None:
        self._facts = url, dsn, keys_dir

    async def __aenter__(self) -> HeadOffice:
        url, dsn, keys_dir = self._facts
        db = await connect(DatabaseSection(dsn=dsn))
        self._hq = HeadOffice(url=url, connection=db, clock=FixedClock(), keys_dir=keys_dir)
        return self._hq

    async def __aexit__(self, *_: object) -> None:
        await self._hq.session.close()
        await self._hq.db.close()


async def test_a_database_that_went_back_as_it_lay_is_refused_by_who_saw_it_further(
    hq_dsn: str, tmp_path: Path
) -> None:
    """As after recovery to a point in time, by file: the same PostgreSQL, the same database."""
    section = DatabaseSection(dsn=hq_dsn)
    seen = Anchor(tmp_path)
    async with create_pool(section, admit=seen.admit) as pool:
        for _ in range(3):
            await seen.beat(pool)
        await pool.execute("UPDATE hq SET beats = 1")
        for anchor in (seen, Anchor(tmp_path)):
            async with pool.acquire() as connection:
                with pytest.raises(DatabaseSetBackError, match="seen it at 3"):
                    await anchor.admit(connection)
        await seen.beat(pool)
        with pytest.raises(DatabaseSetBackError):
            await pool.fetchval("SELECT 1")
        async with create_pool(section) as unguarded:
            await unguarded.execute("UPDATE hq SET hq_epoch = gen_random_uuid()")
        assert await pool.fetchval("SELECT 1") == 1, "a new incarnation is served"


async def test_what_one_store_claims_stops_nobody_else(hq: HeadOffice) -> None:
    rogue, honest = await hq.store("MB001"), await hq.store("MB002")
    lie = rogue.journal()
    lie.sell()
    lie.acked_seq = 1_000_000
    await rogue.hello(lie, cursor="999999999.999999999.00000000", last_seq=1_000_000)
    await rogue.get_changes("999999999.999999999.00000000")

    journal = honest.journal()
    journal.sell()
    await honest.send(journal)
    await honest.page()
