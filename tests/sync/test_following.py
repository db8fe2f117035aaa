"""A change is read as soon as head office says so; without its word, polls find it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from sync.client import HqClient
from sync.downloader import Downloader
from sync.following import WOKEN_POLL_MS, FeedFollower
from sync.protocol.messages import ChangesPage
from sync.retry import FINAL_RETRY_MS
from sync.transport import calls as calls_module
from tests.sync.faults import Held, problem, raw, status
from tests.sync.memory import MemoryFeed
from tests.sync.test_downloader import publish
from tests.sync.toy_hq import Fault, ToyHq
from tests.sync.virtual_time import VirtualTime

REACHED_S = 10


class WatchedFeed(MemoryFeed):
    """Says when a page was applied."""

    def __init__(self) -> None:
        super().__init__()
        self._applied = asyncio.Condition()

    async def apply(self, page: ChangesPage) -> None:
        await super().apply(page)
        async with self._applied:
            self._applied.notify_all()

    async def until_it_holds(self, *keys: str) -> None:
        async with asyncio.timeout(REACHED_S), self._applied:
            await self._applied.wait_for(lambda: self.keys == list(keys))


@pytest.fixture
def feed() -> WatchedFeed:
    return WatchedFeed()


@pytest.fixture
async def follower(
    feed: WatchedFeed, client: HqClient, time: VirtualTime
) -> AsyncIterator[FeedFollower]:
    made = FeedFollower(
        downloader=Downloader(sink=feed, client=client, clock=time, draw=lambda: 0.5),
        client=client,
        clock=time,
        sleep=time.sleep,
        draw=lambda: 0.5,
    )
    yield made
    await made.stop()


async def next_stream(hq: ToyHq) -> str:
    async with asyncio.timeout(REACHED_S):
        return await hq.opened.get()


async def polls(hq: ToyHq) -> int:
    return len([request for request in hq.requests if request.path.endswith("changes")])


async def test_a_change_is_read_when_head_office_says_so(
    follower: FeedFollower, feed: WatchedFeed, hq: ToyHq, time: VirtualTime
) -> None:
    publish(hq, "before")
    follower.start()
    await feed.until_it_holds("before")
    await time.pass_until_awake()
    publish(hq, "a", "b", "c")
    hq.wake()
    await feed.until_it_holds("before", "a", "b", "c")
    assert follower.woken


async def test_polls_are_rare_while_head_office_wakes_the_store_and_not_left_out(
    follower: FeedFollower, feed: WatchedFeed, hq: ToyHq, time: VirtualTime
) -> None:
    publish(hq, "a")
    follower.start()
    await feed.until_it_holds("a")
    await time.asleep()
    publish(hq, "not told")
    assert [await follower.look() for _ in range(3)] == [0, 0, 0]
    time.pass_by(WOKEN_POLL_MS)
    assert await follower.look() == 1


async def test_without_a_stream_each_look_is_a_poll(
    follower: FeedFollower, hq: ToyHq, time: VirtualTime
) -> None:
    hq.stream_fault = status(404)
    follower.start()
    assert await next_stream(hq) == "refused"
    for key in ("a", "b"):
        publish(hq, key)
        assert await follower.look() == 1
    assert not follower.woken


async def test_a_poll_that_failed_is_repeated_though_the_stream_is_good(
    follower: FeedFollower, feed: WatchedFeed, hq: ToyHq, time: VirtualTime
) -> None:
    hq.misbehave("changes", status(500))
    publish(hq, "a")
    follower.start()
    await time.asleep()
    assert (follower.woken, feed.keys) == (True, [])
    assert await follower.look() == 1


async def test_a_change_told_amid_a_poll_is_read_by_the_next_one(
    follower: FeedFollower, feed: WatchedFeed, hq: ToyHq, time: VirtualTime
) -> None:
    held = Held()
    follower.start()
    await next_stream(hq)
    await time.pass_until_awake()
    hq.misbehave("changes", held)
    poll = asyncio.create_task(follower._downloader.poll())
    await held.reached.wait()
    honest_first = hq.feed.copy()
    hq.wake()
    held.released.set()
    await poll
    assert honest_first == []
    publish(hq, "a")
    hq.wake()
    await time.pass_until_awake()
    await feed.until_it_holds("a")


async def test_a_stream_that_says_nothing_is_taken_for_dead(
    follower: FeedFollower,
    feed: WatchedFeed,
    hq: ToyHq,
    time: VirtualTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calls_module, "SILENT_STREAM_S", 0.2)
    follower.start()
    assert await next_stream(hq) == "stream"
    await time.pass_until_awake()
    publish(hq, "not told")
    await feed.until_it_holds("not told")  # the poll that looks after the line
    await time.pass_until_awake()
    assert await next_stream(hq) == "stream"


async def test_a_stream_that_ended_in_good_order_is_opened_again(
    follower: FeedFollower, feed: WatchedFeed, hq: ToyHq, time: VirtualTime
) -> None:
    follower.start()
    assert await next_stream(hq) == "stream"
    await time.pass_until_awake()
    publish(hq, "a")
    hq.end_streams()
    await feed.until_it_holds("a")
    time.pass_by(1_000)
    assert await next_stream(hq) == "stream"


@pytest.mark.parametrize(
    ("fault", "wait_ms"),
    [
        (problem(503, "streams_full", headers={"Retry-After": "60"}), 60_100),
        (problem(401, "unauthorized"), FINAL_RETRY_MS * 3 // 2),
        (problem(403, "fenced"), FINAL_RETRY_MS * 3 // 2),
        (status(404), 100),
        (raw(b"<html>", "text/html"), 100),
    ],
)
async def test_a_refused_stream_is_asked_for_again_in_its_time_and_says_nothing_of_the_line(
    follower: FeedFollower,
    client: HqClient,
    hq: ToyHq,
    time: VirtualTime,
    fault: Fault,
    wait_ms: int,
) -> None:
    await follower.look()
    hq.stream_fault = fault
    follower.start()
    for _ in range(5):
        assert await next_stream(hq) == "refused"
        first = await time.asleep()
        if wait_ms > 100:
            assert wait_ms <= first <= 2 * wait_ms
        time.pass_by(first)
    assert client.link.online
    hq.stream_fault = None
    time.pass_by(await time.asleep())
    while await next_stream(hq) == "refused":
        time.pass_by(await time.asleep())


async def test_heartbeats_count_as_contact(
    follower: FeedFollower, client: HqClient, hq: ToyHq, time: VirtualTime
) -> None:
    follower.start()
    await next_stream(hq)
    await time.asleep()
    time.pass_by(30_000)
    hq._say(b":\n\n")
    async with asyncio.timeout(REACHED_S):
        while client.link.status.last_contact != time.wall():
            await client.next_answer()
