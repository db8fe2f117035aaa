"""store-hq run, as systemd starts it: real processes on one database."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from sync.hq.database import connect
from sync.hq.settings import DatabaseSection
from sync.hq.stores import add_store
from sync.hq.trust.keys import KeyStore
from sync.hq.trust.setup import set_up
from sync.protocol.limits import MAX_BATCH_EVENTS
from tests.hq.equality import differences
from tests.hq.head_office import FixedClock, HeadOffice, StoreClient
from tests.hq.journal import NOON, Journal
from tests.hq.process import running, serving
from tests.hq.waiting import (
    until_all_is_settled,
    until_nobody_listens,
    until_somebody_is_blocked,
)
from tests.lab.postgres import PostgresServer

_BACKLOG = 4 * MAX_BATCH_EVENTS


@pytest.fixture
async def hq(hq_dsn: str, keys_dir: Path) -> AsyncIterator[HeadOffice]:
    """A view of the database, without a server in this process."""
    connection = await connect(DatabaseSection(dsn=hq_dsn))
    view = HeadOffice(url="", connection=connection, clock=FixedClock(), keys_dir=keys_dir)
    yield view
    await view.session.close()
    await connection.close()


async def test_two_processes_settle_what_either_received_exactly_once(
    hq: HeadOffice, hq_dsn: str, keys_dir: Path
) -> None:
    coupon_ids = await hq.issue(60)
    async with serving(hq_dsn, keys_dir) as first, serving(hq_dsn, keys_dir) as second:
        journals = []
        for code in ("MB001", "MB002"):
            clients = await _clients(hq, code, first.url, second.url)
            journal = Journal(code)
            await clients[0].hello(journal)
            for coupon_id in coupon_ids:
                journal.sell(coupon_id=coupon_id, bound=False)
            for begin in range(1, 61, 20):
                await asyncio.gather(
                    *(client.send(journal, begin, begin + 19) for client in clients * 2)
                )
            journals.append(journal)
        await until_all_is_settled(hq.db)

    for journal in journals:
        assert await differences(hq, journal) == []
    assert await hq.count("coupon_use", "holder") == 60
    assert await hq.count("coupon_case") == 60
    assert await hq.count("change", "entity = 'case'") == 120


async def test_after_an_outage_of_the_database_it_receives_and_settles_by_itself(
    tmp_path: Path,
) -> None:
    with PostgresServer(data_dir=tmp_path / "data") as postgres:
        dsn = postgres.create_database("hq")
        db = await connect(DatabaseSection(dsn=dsn))
        await set_up(db, KeyStore(tmp_path / "keys"), now=NOON)
        await add_store(db, "MB001", now=NOON)
        await db.close()
        async with serving(dsn, tmp_path / "keys") as process:
            await asyncio.to_thread(postgres.kill)
            await process.log_until("settlement_waits_for_database")
            await asyncio.to_thread(postgres.start)

            db = await connect(DatabaseSection(dsn=dsn))
            hq = HeadOffice(
                url=process.url, connection=db, clock=FixedClock(), keys_dir=tmp_path / "keys"
            )
            store, journal = StoreClient(hq, "MB001"), Journal("MB001")
            await store.hello(journal)
            journal.sell(coupon_id="a" * 24)
            await store.send(journal)
            await until_all_is_settled(db)

            assert await differences(hq, journal) == []
            assert await hq.count("coupon_use", "holder") == 1
            await hq.session.close()
            await db.close()


async def test_sigterm_ends_it_cleanly(hq_dsn: str, keys_dir: Path) -> None:
    async with serving(hq_dsn, keys_dir) as process:
        process.process.send_signal(signal.SIGTERM)
        await process.log_until("stopped")

        assert await process.end() == 0


async def test_sigterm_waits_for_no_more_than_the_stretch_that_is_being_settled(
    hq: HeadOffice, hq_dsn: str, keys_dir: Path
) -> None:
    coupon_ids = await hq.issue(_BACKLOG)
    async with serving(hq_dsn, keys_dir) as process:
        [client] = await _clients(hq, "MB001", process.url)
        journal = Journal("MB001")
        await client.hello(journal)
        for coupon_id in coupon_ids:
            journal.redeem(coupon_id, bound=False)
        async with hq.db.transaction():
            await hq.db.execute("SELECT FROM store_settlement FOR UPDATE")
            for first in range(1, _BACKLOG + 1, MAX_BATCH_EVENTS):
                await client.send(journal, first, first + MAX_BATCH_EVENTS - 1)
            process.process.send_signal(signal.SIGTERM)
        assert await process.end() == 0
    assert await hq.count("coupon_use") < _BACKLOG

    async with serving(hq_dsn, keys_dir):
        await until_all_is_settled(hq.db)
    assert await hq.count("coupon_use", "holder") == _BACKLOG


async def test_a_request_in_flight_is_finished_before_it_ends(
    hq: HeadOffice, hq_dsn: str, keys_dir: Path
) -> None:
    async with serving(hq_dsn, keys_dir) as process:
        [client] = await _clients(hq, "MB001", process.url)
        journal = Journal("MB001")
        await client.hello(journal)
        journal.sell()
        async with hq.db.transaction():
            await hq.db.execute("SELECT FROM store_position FOR UPDATE")
            sending = asyncio.create_task(client.send(journal))
            await until_somebody_is_blocked(hq.db)
            process.process.send_signal(signal.SIGTERM)
            await until_nobody_listens(process.url)

        assert (await sending).accepted_through == 1
        assert await process.end() == 0


async def test_a_database_that_is_not_set_up_is_told_and_not_served(
    database_dsn: str, tmp_path: Path
) -> None:
    async with running(database_dsn, tmp_path) as process:
        facts = await process.log_until("not_started")

        assert "store-hq init" in facts["why"]
        assert facts["level"] == "critical"
        assert await process.end() == 78


async def test_a_database_of_a_newer_version_is_told_and_not_served(
    hq: HeadOffice, hq_dsn: str, keys_dir: Path
) -> None:
    await hq.db.execute("INSERT INTO schema_migration (name) VALUES ('999_later.sql')")
    async with running(hq_dsn, keys_dir) as process:
        facts = await process.log_until("not_started")

        assert "999_later.sql" in facts["why"]
        assert await process.end() == 78


async def test_wrong_settings_are_told_and_logged(hq_dsn: str, keys_dir: Path) -> None:
    async with running(hq_dsn, keys_dir, STORE_HQ_SETTLE__IDLE_MS="1") as process:
        assert await process.end() == 2

    words, line = process.log.strip().rsplit(b"\n", 1)
    facts = msgspec.json.decode(line)
    assert (facts["event"], facts["level"]) == ("not_started", "critical")
    assert "STORE_HQ_SETTLE__IDLE_MS" in facts["why"]
    assert facts["why"] == words.decode()


async def test_a_port_in_use_is_told(hq_dsn: str, keys_dir: Path) -> None:
    async with serving(hq_dsn, keys_dir) as first:
        port = first.url.rpartition(":")[2]
        async with running(hq_dsn, keys_dir, STORE_HQ_SERVER__PORT=port) as second:
            facts = await second.log_until("not_started")

            assert "can't listen" in facts["why"]
            assert facts["level"] == "critical"
            assert await second.end() == 1


async def _clients(hq: HeadOffice, code: str, *urls: str) -> list[StoreClient]:
    """One store as a client of several processes."""
    await add_store(hq.db, code, now=NOON)
    [first, *others] = [_Seat(hq, url) for url in urls]
    client = StoreClient(first, code)
    return [client, *map(client.at, others)]


class _Seat(HeadOffice):
    """The same head office at the address of another process."""

    def __init__(self, hq: HeadOffice, url: str) -> None:
        self.url, self.db, self.clock, self.session = url, hq.db, hq.clock, hq.session
        self.key_store = hq.key_store


async def test_a_server_that_no_store_would_believe_does_not_start(
    hq: HeadOffice, hq_dsn: str, keys_dir: Path
) -> None:
    await hq.db.execute("UPDATE answer_key SET revoked = true")
    async with running(hq_dsn, keys_dir) as process:
        facts = await process.log_until("not_started")

        assert "keys add --answers" in facts["why"]
        assert await process.end() == 78
