"""Changes arrive in order, each once, and the feed's freshness is never overstated."""

import asyncio

import msgspec
import pytest
from msgspec import Raw

from sync.client import HqClient
from sync.downloader import Downloader
from sync.protocol.messages import Change, ChangesPage
from sync.protocol.revocations import Revocations, RevokedSet, digest_of
from sync.retry import FINAL_RETRY_MS
from tests.sync.factories import make_client
from tests.sync.faults import Held, half_a_body, honestly, problem, raw, silence, status
from tests.sync.memory import MemoryFeed
from tests.sync.toy_hq import SERVER_TIME, Fault, ToyHq
from tests.sync.virtual_time import VirtualTime


@pytest.fixture
def feed() -> MemoryFeed:
    return MemoryFeed()


@pytest.fixture
def downloader(feed: MemoryFeed, client: HqClient, time: VirtualTime) -> Downloader:
    return Downloader(sink=feed, client=client, clock=time, draw=lambda: 0.5)


def publish(hq: ToyHq, *keys: str) -> None:
    for key in keys:
        hq.feed.append(Change(entity="article", key=key, body=Raw(b'{"sku":"1"}')))


async def test_pages_are_applied_in_order_until_there_are_no_more(
    downloader: Downloader, feed: MemoryFeed, hq: ToyHq, time: VirtualTime
) -> None:
    publish(hq, "a", "b", "c", "d", "e")
    assert await downloader.poll() == 5
    assert feed.keys == ["a", "b", "c", "d", "e"]
    assert feed.complete_at == SERVER_TIME
    publish(hq, "f")
    assert await downloader.poll() == 1
    assert await downloader.poll() == 0
    assert feed.keys == ["a", "b", "c", "d", "e", "f"]


async def test_feed_that_broke_off_goes_on_where_it_was_and_is_not_called_fresh(
    downloader: Downloader, feed: MemoryFeed, hq: ToyHq
) -> None:
    publish(hq, "a", "b", "c", "d", "e")

    hq.misbehave("changes", honestly, status(500))
    assert await downloader.poll() == 2
    assert downloader.status.last_error == "http_500"
    assert feed.complete_at is None
    assert await downloader.poll() == 3
    assert downloader.status.last_error == ""
    assert feed.keys == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (status(502), "http_502"),
        (half_a_body, "broken_off"),
        (silence, "timeout"),
        (raw(b"<html>", "text/html"), "not_json"),
        (raw(b" " * 9_000_000), "answer_too_large"),
    ],
)
async def test_failure_of_the_line_is_tried_again_at_the_next_poll(
    downloader: Downloader, feed: MemoryFeed, hq: ToyHq, fault: Fault, code: str
) -> None:
    publish(hq, "a")
    hq.misbehave("changes", fault)
    assert await downloader.poll() in (0, 1)  # aiohttp itself repeats a GET that broke off
    assert downloader.status.last_error in (code, "")
    await downloader.poll()
    assert feed.keys == ["a"]


@pytest.mark.parametrize(
    ("fault", "wait_ms"),
    [
        (status(503, headers={"Retry-After": "30"}), 30_000),
        (problem(401, "key_unknown"), FINAL_RETRY_MS),
        (problem(426, "protocol_old"), FINAL_RETRY_MS),
    ],
)
async def test_hq_that_wants_to_be_left_alone_is(
    downloader: Downloader,
    feed: MemoryFeed,
    hq: ToyHq,
    time: VirtualTime,
    fault: Fault,
    wait_ms: int,
) -> None:
    publish(hq, "a")
    hq.misbehave("changes", fault)
    await downloader.poll()
    time.pass_by(wait_ms - 1)
    assert await downloader.poll() == 0
    assert len(hq.requests) == 1
    time.pass_by(wait_ms)
    assert await downloader.poll() == 1


async def test_cursor_that_hq_does_not_know_is_forgotten_and_the_feed_begins_anew(
    downloader: Downloader, feed: MemoryFeed, hq: ToyHq
) -> None:
    publish(hq, "a", "b")
    await downloader.poll()
    hq.hq_epoch = "hq-2"
    publish(hq, "c")
    assert await downloader.poll() == 3
    assert feed.keys == ["a", "b", "c"]
    assert (await feed.position()).hq_epoch == "hq-2"


async def test_page_of_another_incarnation_is_not_mixed_in(
    downloader: Downloader, feed: MemoryFeed, hq: ToyHq
) -> None:
    publish(hq, "a", "b")
    await downloader.poll()
    page = b'{"cursor":"9","more":false,"hq_epoch":"hq-2","server_time":1,"changes":[]}'
    hq.misbehave("changes", raw(page))
    hq.hq_epoch = "hq-2"
    assert await downloader.poll() == 2
    assert (await feed.position()).cursor == "hq-2:2"


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (
            b'{"cursor":"","more":true,"hq_epoch":"hq-1","server_time":1,"changes":[]}',
            "cursor_stuck",
        ),
        (
            b'{"cursor":"9","more":false,"hq_epoch":"hq-1","server_time":1,"changes":['
            + b",".join([b'{"entity":"x","key":"k","body":{}}'] * 1_001)
            + b"]}",
            "page_too_long",
        ),
    ],
)
async def test_page_against_the_contract_is_not_applied(
    downloader: Downloader, feed: MemoryFeed, hq: ToyHq, page: bytes, code: str
) -> None:
    hq.misbehave("changes", raw(page))
    assert await downloader.poll() == 0
    assert downloader.status.last_error == code
    assert feed.changes == []


async def test_hq_that_knows_no_cursor_at_all_is_not_asked_for_ever(
    downloader: Downloader, hq: ToyHq
) -> None:
    publish(hq, "a")
    await downloader.poll()
    hq.misbehave("changes", *[problem(410, "cursor_unknown")] * 3)
    assert await downloader.poll() == 0
    assert downloader.status.last_error == "cursor_unknown"
    assert len(hq.requests) == 3


async def test_full_disk_stops_the_feed_and_loses_nothing(
    downloader: Downloader, feed: MemoryFeed, hq: ToyHq, time: VirtualTime
) -> None:
    publish(hq, "a", "b", "c")
    feed.failing_writes = 1
    assert await downloader.poll() == 0
    assert downloader.status.last_error == "storage_full"
    time.pass_by(100)
    assert await downloader.poll() == 3
    assert feed.keys == ["a", "b", "c"]


async def test_polls_at_once_are_one(downloader: Downloader, feed: MemoryFeed, hq: ToyHq) -> None:
    publish(hq, "a", "b", "c")
    assert await asyncio.gather(*[downloader.poll() for _ in range(5)]) == [3] * 5
    assert len(hq.requests) == 2
    assert feed.keys == ["a", "b", "c"]


async def test_stop_breaks_off_a_poll(downloader: Downloader, hq: ToyHq) -> None:
    held = Held()
    hq.misbehave("changes", held)
    poll = asyncio.create_task(downloader.poll())
    await held.reached.wait()
    await downloader.stop()
    assert await poll == 0
    await downloader.stop()


async def test_store_without_head_office_polls_nobody(feed: MemoryFeed, time: VirtualTime) -> None:
    client = make_client(time=time)
    assert await Downloader(sink=feed, client=client, clock=time).poll() == 0


async def test_who_is_told_that_it_is_not_the_stores_machine_says_hello_at_once(
    feed: MemoryFeed, client: HqClient, hq: ToyHq, time: VirtualTime
) -> None:
    """A copy that was left behind shows it then, and not after its next sale or ten minutes."""
    greeted: list[str] = []
    downloader = Downloader(
        sink=feed, client=client, clock=time, on_fenced=lambda: greeted.append("hello")
    )
    hq.misbehave("changes", status(500), problem(403, "fenced"))
    await downloader.poll()
    assert greeted == []
    await downloader.poll()
    assert greeted == ["hello"]


def stating(version: int, *, hq_epoch: str) -> Fault:
    nothing = RevokedSet(version, 0, digest_of(()))
    page = ChangesPage(
        cursor=f"{hq_epoch}:0",
        more=False,
        hq_epoch=hq_epoch,
        server_time=SERVER_TIME,
        changes=(),
        revocations=Revocations(everyone=nothing, own=nothing),
    )
    return raw(msgspec.json.encode(page))


async def test_a_statement_of_revocations_older_than_the_one_held_is_refused_and_reported(
    downloader: Downloader, feed: MemoryFeed, hq: ToyHq, time: VirtualTime
) -> None:
    hq.misbehave("changes", stating(7, hq_epoch=hq.hq_epoch), stating(6, hq_epoch=hq.hq_epoch))
    await downloader.poll()
    assert downloader.status.last_error == ""
    await downloader.poll()
    assert downloader.status.last_error == "revocations_went_back"
    assert (await feed.position()).revocations == 7
    time.pass_by(FINAL_RETRY_MS)
    hq.misbehave("changes", stating(7, hq_epoch=hq.hq_epoch))
    await downloader.poll()
    assert downloader.status.last_error == ""
