"""A store with a wake-up stream hears at once that it has something to read, never too early."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from sync.hq.database import connect
from sync.hq.feed import listening, wake
from sync.hq.feed.listening import ChangeListener
from sync.hq.selling.articles import put_articles
from sync.hq.settings import DatabaseSection, FeedSection
from sync.hq.stock import set_stock
from sync.protocol.identity import Identity
from tests.hq.feed.test_changes import article, skus, tell
from tests.hq.head_office import HeadOffice, StoreClient, head_office
from tests.hq.journal import Journal
from tests.hq.process import serving
from tests.hq.waiting import DEADLINE_S

WAKE = b"event: wake"


class Stream:
    """A wake-up stream as a store reads it."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def line(self) -> bytes:
        """The next line that says something; empty at the end."""
        async with asyncio.timeout(DEADLINE_S):
            while line := await self._response.content.readline():
                if line.strip() not in (b"", b"data: changes"):
                    return line.strip()
        return b""

    async def next_wake(self) -> None:
        while await self.line() != WAKE:
            pass

    async def is_quiet_for(self, beats: int) -> bool:
        """Whether so many heartbeats come without a wake-up."""
        return all([await self.line() == b":" for _ in range(beats)])


@asynccontextmanager
async def stream(store: StoreClient, **more: str) -> AsyncIterator[Stream]:
    url, proof = f"{store.hq.url}/sync/v1/wake", await store.prove("GET", "/sync/v1/wake")
    async with store.hq.session.get(url, headers={**proof.headers, **more}) as response:
        assert response.status == 200, await response.read()
        assert response.content_type == "text/event-stream"
        yield Stream(response)


async def refusal(store: StoreClient, identity: Identity | None = None) -> tuple[int, str]:
    answer = await store.request("GET", "/sync/v1/wake", identity=identity)
    return answer.status, answer.code


@asynccontextmanager
async def heard(hq: HeadOffice, dsn: str) -> AsyncIterator[ChangeListener]:
    listener = ChangeListener(database=DatabaseSection(dsn=dsn), audience=hq.wakes)
    task = asyncio.create_task(listener.run())
    try:
        yield listener
    finally:
        task.cancel()
        await asyncio.wait({task})


async def until_heard(store: StoreClient) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not store.hq.wakes.are_told:
            await store.hq.db.execute("SELECT pg_sleep(0.005)")


@pytest.fixture
async def listened(
    hq: HeadOffice, store: StoreClient, hq_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[HeadOffice]:
    monkeypatch.setattr(wake, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(listening, "RETRY_S", 0.05)
    async with heard(hq, hq_dsn):
        await until_heard(store)
        yield hq


async def test_a_stream_begins_with_a_wake_up_and_goes_on_with_heartbeats(
    listened: HeadOffice, store: StoreClient
) -> None:
    async with stream(store) as woken:
        assert await woken.line() == WAKE
        assert await woken.is_quiet_for(3)


async def test_a_store_is_woken_by_what_is_for_it_and_by_nothing_else(
    listened: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    async with stream(store) as mine, stream(other) as others:
        await mine.next_wake()
        await others.next_wake()
        await put_articles(listened.db, [article("1")])
        await mine.next_wake()
        await others.next_wake()
        await set_stock(listened.db, "MB001", {"1": 7})
        await mine.next_wake()
        assert await others.is_quiet_for(3)


async def test_a_wake_up_waits_until_the_change_is_shown(
    listened: HeadOffice, store: StoreClient, hq_dsn: str
) -> None:
    late = await connect(DatabaseSection(dsn=hq_dsn))
    cursor = (await store.page()).cursor
    async with stream(store) as woken:
        await woken.next_wake()
        transaction = late.transaction()
        await transaction.start()
        await tell(late, "late")
        await tell(listened.db, "early")
        assert await woken.is_quiet_for(3)
        assert await skus(store, cursor) == []
        await transaction.commit()
        await woken.next_wake()
        assert await skus(store, cursor) == ["late", "early"]
    await late.close()


async def test_control_a_wake_up_at_the_commit_finds_nothing(
    listened: HeadOffice, store: StoreClient, hq_dsn: str
) -> None:
    late = await connect(DatabaseSection(dsn=hq_dsn))
    cursor = (await store.page()).cursor
    told = asyncio.Event()
    await listened.db.add_listener(listening.CHANNEL, lambda *_: told.set())
    transaction = late.transaction()
    await transaction.start()
    await tell(late, "late")
    await tell(listened.db, "early")
    await told.wait()
    assert await skus(store, cursor) == []
    await transaction.rollback()
    await late.close()


async def test_a_lost_connection_to_the_database_ends_the_streams_until_changes_are_heard_again(
    listened: HeadOffice, store: StoreClient
) -> None:
    async with stream(store) as woken:
        await woken.next_wake()
        await listened.db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN%' OR "
            "pid <> pg_backend_pid() AND query LIKE '%pg_snapshot_xmin%'"
        )
        while await woken.line():
            pass
    await until_heard(store)
    async with stream(store) as woken:
        await woken.next_wake()


async def test_a_store_without_right_to_the_feed_gets_no_stream(
    listened: HeadOffice, store: StoreClient
) -> None:
    await store.hello(Journal("MB001"), install_id="another")
    unsigned = await store.hq.request("GET", "/sync/v1/wake")
    assert (unsigned.status, unsigned.code) == (401, "signature_missing")
    assert await refusal(store, Identity("a third", 1)) == (403, "fenced")


async def test_there_are_no_more_streams_than_a_process_holds(
    hq_dsn: str, keys_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with AsyncExitStack() as stack:
        hq = await stack.enter_async_context(
            head_office(hq_dsn, keys_dir, feed=FeedSection(max_streams=2))
        )
        store = await hq.store("MB001")
        assert await refusal(store) == (503, "wake_unavailable")
        await stack.enter_async_context(heard(hq, hq_dsn))
        await until_heard(store)
        for _ in range(2):
            await (await stack.enter_async_context(stream(store))).next_wake()
        assert await refusal(store) == (503, "streams_full")
        assert (await store.page()).changes  # polls go on


async def test_the_oldest_of_too_many_streams_of_one_store_ends(
    listened: HeadOffice, store: StoreClient
) -> None:
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(stream(store)) for _ in range(wake.MAX_OF_STORE + 1)
        ]
        await opened[-1].next_wake()
        while await opened[0].line():
            pass
        assert len(listened.wakes) == wake.MAX_OF_STORE


async def test_a_server_that_stops_does_not_wait_for_its_streams(
    hq: HeadOffice, hq_dsn: str, keys_dir: Path
) -> None:
    store = await hq.store("MB001")
    hq.clock.now = time.time_ns() // 10**6  # the process goes by the true time
    async with serving(hq_dsn, keys_dir) as process, aiohttp.ClientSession() as session:
        hq.url = process.url
        async with asyncio.timeout(DEADLINE_S):
            while True:
                proof = await store.prove("GET", "/sync/v1/wake")
                url = f"{process.url}/sync/v1/wake"
                response = await session.get(url, headers=proof.headers)
                if response.status == 200:
                    break
        await Stream(response).next_wake()
        began = asyncio.get_running_loop().time()
        process.process.terminate()
        assert await process.end() == 0
        assert asyncio.get_running_loop().time() - began < 5  # it gives requests 10 s to end
