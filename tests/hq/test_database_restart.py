"""PostgreSQL is restarted while stores send: each request is answered, or told to come again."""

import asyncio
import time
from collections import Counter
from pathlib import Path

import aiohttp

from sync.hq.database import connect
from sync.hq.settings import DatabaseSection
from sync.hq.trust.keys import KeyStore
from sync.hq.trust.setup import set_up
from tests.hq.head_office import FixedClock, HeadOffice, StoreClient
from tests.hq.journal import NOON
from tests.hq.process import serving
from tests.lab.postgres import PostgresServer

ASKERS = 12
RESTARTS = 4


async def test_a_restart_of_the_database_under_load_is_told_as_such_every_time(
    tmp_path: Path,
) -> None:
    with PostgresServer(data_dir=tmp_path / "data") as postgres:
        dsn = postgres.create_database("hq")
        db = await connect(DatabaseSection(dsn=dsn))
        keys_dir = tmp_path / "keys"
        await set_up(db, KeyStore(keys_dir), now=NOON)
        hq = HeadOffice(
            url="", connection=db, clock=FixedClock(time.time_ns() // 10**6), keys_dir=keys_dir
        )
        store = await hq.store("MB001", greeted=False)
        await store.key(store.identity.install_id)
        await db.close()
        async with serving(dsn, keys_dir) as process:
            hq.url = process.url
            told = await _told_during_restarts(store, postgres)
            await hq.session.close()
            process.process.terminate()
            await process.end()
    assert {(status, code) for status, code, _ in told} == {
        (200, ""),
        (503, "database_unavailable"),
    }
    assert all(has_wait for status, _, has_wait in told if status == 503)
    assert b"request_failed" not in process.log
    assert b"Traceback" not in process.log
    assert process.log.count(b'"database_unavailable"') <= 2 * RESTARTS


async def _told_during_restarts(
    store: StoreClient, postgres: PostgresServer
) -> Counter[tuple[int, str, bool]]:
    """Ask without a pause while PostgreSQL is shut down and killed; count what was answered."""
    told: Counter[tuple[int, str, bool]] = Counter()
    done = asyncio.Event()

    async def ask(session: aiohttp.ClientSession, path: str) -> None:
        while not done.is_set():
            headers = (await store.prove("GET", path)).headers
            async with session.get(f"{store.hq.url}{path}", headers=headers) as answer:
                body = await answer.json(content_type=None)
                told[answer.status, body.get("code", ""), "Retry-After" in answer.headers] += 1

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for number in range(ASKERS):
            path = "/healthz" if number % 3 == 0 else "/sync/v1/changes"
            group.create_task(ask(session, path))
        for number in range(RESTARTS):
            await asyncio.sleep(0.3)
            await asyncio.to_thread(postgres.kill if number % 2 else postgres.stop)
            await asyncio.to_thread(postgres.start)
        done.set()
    return told
