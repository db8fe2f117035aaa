"""A snapshot goes on where it was cut, takes no page that is not its own, and no older feed."""

import asyncio
import hashlib
import random
from dataclasses import dataclass, field

import msgspec
import pytest
from aiohttp import web
from msgspec import Raw

from agent.base.problem import ProblemError
from sync.client import HqClient
from sync.downloader import Downloader
from sync.protocol.messages import Change
from sync.protocol.snapshots import SNAPSHOT_TYPE, PageDiffersError, Snapshot, SnapshotPage, pack
from sync.protocol.snapshots import unpack as unpacked
from sync.retry import FINAL_RETRY_MS
from tests.sync.faults import half_a_body, problem, raw, status
from tests.sync.memory import MemoryFeed
from tests.sync.test_downloader import publish
from tests.sync.toy_hq import SERVER_TIME, Fault, ToyHq
from tests.sync.virtual_time import VirtualTime

PAGES = 6


def changes(number: int, name: str = "") -> list[Change]:
    body = Raw(msgspec.json.encode({"name": name}))
    return [Change(entity="article", key=f"{number}.{n}", body=body) for n in range(3)]


@dataclass
class Snapshots:
    """What the toy serves in the place of a snapshot."""

    hq: ToyHq
    name: str = ""
    place: int = 7
    asked: list[int] = field(default_factory=list)
    """Pages asked for, in order; -1: the manifest."""
    faults: dict[int, Fault] = field(default_factory=dict)
    """What is answered once in the place of a page."""

    def __post_init__(self) -> None:
        self.hq.other = self.answer

    @property
    def pages(self) -> list[bytes]:
        return [pack(changes(number, self.name)) for number in range(PAGES)]

    def names(self) -> list[str]:
        return [hashlib.sha256(page).hexdigest() for page in self.pages]

    async def answer(self, request: web.Request) -> web.Response:
        name = request.path.rpartition("/")[2]
        if name == "snapshot":
            self.asked.append(-1)
            return web.Response(body=self.manifest(), content_type="application/json")
        if name not in self.names():
            raise ProblemError(410, "snapshot_gone")
        number = self.names().index(name)
        self.asked.append(number)
        honest = web.Response(body=self.pages[number], content_type=SNAPSHOT_TYPE)

        async def honestly() -> web.Response:
            return honest

        if fault := self.faults.pop(number, None):
            answer = await fault(request, honestly)
            assert isinstance(answer, web.Response)
            return answer
        return honest

    def manifest(self) -> bytes:
        pages = [SnapshotPage(n, len(p), 3) for n, p in zip(self.names(), self.pages, strict=True)]
        return msgspec.json.encode(
            Snapshot(
                cursor=f"{self.hq.hq_epoch}:0",
                hq_epoch=self.hq.hq_epoch,
                server_time=SERVER_TIME,
                pages=tuple(pages),
                place=self.place,
            )
        )


@pytest.fixture
def feed() -> MemoryFeed:
    return MemoryFeed()


@pytest.fixture
def snapshots(hq: ToyHq) -> Snapshots:
    return Snapshots(hq)


@pytest.fixture
def downloader(feed: MemoryFeed, client: HqClient, time: VirtualTime) -> Downloader:
    return restarted(feed, client, time)


def restarted(feed: MemoryFeed, client: HqClient, time: VirtualTime) -> Downloader:
    return Downloader(sink=feed, client=client, clock=time, draw=lambda: 0.5)


EVERYTHING = [change.key for number in range(PAGES) for change in changes(number)]


async def test_a_new_store_applies_the_snapshot_and_then_the_tail(
    downloader: Downloader, feed: MemoryFeed, snapshots: Snapshots, hq: ToyHq
) -> None:
    publish(hq, "a", "b", "c")
    assert await downloader.poll() == PAGES * 3 + 3
    assert feed.keys == [*EVERYTHING, "a", "b", "c"]
    assert feed.complete_at == SERVER_TIME
    assert snapshots.asked == [-1, *range(PAGES)]
    publish(hq, "d")
    assert await downloader.poll() == 1
    assert len(snapshots.asked) == PAGES + 1


@pytest.mark.parametrize("cut", [half_a_body, status(500), status(502)])
async def test_a_snapshot_cut_at_a_random_page_goes_on_where_it_was(
    feed: MemoryFeed, snapshots: Snapshots, client: HqClient, time: VirtualTime, cut: Fault
) -> None:
    dice = random.Random(1)
    for number in sorted(dice.sample(range(PAGES), 3)):
        snapshots.faults[number] = cut
    polls = 0
    while feed.complete_at is None:
        await restarted(feed, client, time).poll()  # as after a restart of the agent
        polls += 1
    assert 1 <= polls <= 4
    assert feed.seeded == list(range(PAGES))  # each once, none anew
    assert feed.keys == EVERYTHING
    assert snapshots.asked.count(-1) == 1


async def test_control_without_its_progress_a_cut_snapshot_begins_anew(
    feed: MemoryFeed, snapshots: Snapshots, client: HqClient, time: VirtualTime
) -> None:
    snapshots.faults[3] = status(500)
    await restarted(feed, client, time).poll()
    await feed.begin_seeding(None)
    await restarted(feed, client, time).poll()
    assert feed.seeded == [0, 1, 2, *range(PAGES)]


def flipped(data: bytes) -> bytes:
    place = len(data) // 2
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize(
    "other",
    [flipped(pack(changes(2))), pack(changes(2, "forged")), pack(changes(3)), b"", b"{}"],
    ids=["a bit", "other content", "another page", "nothing", "json"],
)
async def test_a_page_that_is_not_what_the_snapshot_says_is_refused_and_asked_for_again(
    downloader: Downloader, feed: MemoryFeed, snapshots: Snapshots, time: VirtualTime, other: bytes
) -> None:
    snapshots.faults[2] = raw(other, SNAPSHOT_TYPE)
    await downloader.poll()
    assert feed.seeded == [0, 1]
    assert downloader.status.last_error == "snapshot_page_differs"
    time.pass_by(100)
    await downloader.poll()
    assert feed.keys == EVERYTHING


async def test_a_log_in_page_in_the_place_of_a_page_is_a_failure_of_the_line(
    downloader: Downloader, feed: MemoryFeed, snapshots: Snapshots
) -> None:
    snapshots.faults[1] = raw(b"<html>", "text/html")
    await downloader.poll()
    assert downloader.status.last_error == "not_a_page"
    await downloader.poll()
    assert feed.keys == EVERYTHING


async def test_a_snapshot_that_is_gone_is_begun_anew(
    downloader: Downloader, feed: MemoryFeed, snapshots: Snapshots, time: VirtualTime
) -> None:
    snapshots.faults[4] = status(500)
    await downloader.poll()
    snapshots.name = "made anew"
    await downloader.poll()
    assert downloader.status.last_error == "snapshot_gone"
    time.pass_by(1_000)
    await downloader.poll()
    assert feed.seeded == [0, 1, 2, 3, *range(PAGES)]
    assert {bytes(change.body) for change in feed.changes} == {b'{"name":"made anew"}'}


async def test_a_place_that_head_office_no_longer_knows_is_answered_by_a_snapshot(
    downloader: Downloader, feed: MemoryFeed, snapshots: Snapshots, hq: ToyHq
) -> None:
    await downloader.poll()
    publish(hq, "a")
    hq.misbehave("changes", problem(410, "cursor_gone"))
    await downloader.poll()
    assert feed.keys == [*EVERYTHING, "a"]
    assert feed.seeded == [*range(PAGES)] * 2


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_feed_that_went_back_is_refused_and_reported(
    downloader: Downloader,
    feed: MemoryFeed,
    snapshots: Snapshots,
    hq: ToyHq,
    time: VirtualTime,
    at_once: bool,
) -> None:
    await downloader.poll()
    known = feed.keys
    snapshots.place, snapshots.name = 6, "of last night"
    if at_once:
        hq.misbehave("changes", problem(410, "cursor_gone"))
    else:
        older = f'{{"cursor":"{hq.hq_epoch}:1","more":false,"hq_epoch":"{hq.hq_epoch}",'
        hq.misbehave("changes", raw(f'{older}"server_time":1,"changes":[],"place":6}}'.encode()))
    await downloader.poll()
    assert downloader.status.last_error == "feed_went_back"
    assert "store-hq restored" in downloader.status.detail
    assert feed.keys == known
    hq.hq_epoch = "hq-2"  # it was said
    time.pass_by(FINAL_RETRY_MS)
    await downloader.poll()
    assert downloader.status.last_error == ""
    assert {bytes(change.body) for change in feed.changes} == {b'{"name":"of last night"}'}


async def test_a_firewalls_not_found_leaves_the_store_where_it_is(
    downloader: Downloader, feed: MemoryFeed, snapshots: Snapshots, hq: ToyHq
) -> None:
    await downloader.poll()
    before = await feed.position()
    hq.misbehave("changes", problem(410, "cursor_gone"))
    hq.misbehave("other", status(404))
    await downloader.poll()
    assert downloader.status.last_error == "http_404"
    assert await feed.position() == before


async def test_a_full_disk_amid_a_snapshot_loses_no_page(
    downloader: Downloader, feed: MemoryFeed, snapshots: Snapshots, time: VirtualTime
) -> None:
    feed.failing_writes = 1
    await downloader.poll()
    assert downloader.status.last_error == "storage_full"
    time.pass_by(1_000)
    await downloader.poll()
    assert feed.seeded == [*range(PAGES)]


async def test_stop_amid_a_snapshot_leaves_nothing_running(
    downloader: Downloader, feed: MemoryFeed, snapshots: Snapshots
) -> None:
    reached = asyncio.Event()

    async def held(request: web.Request, honest: object) -> web.StreamResponse:
        reached.set()
        await asyncio.Event().wait()
        return web.Response()

    snapshots.faults[3] = held
    poll = asyncio.create_task(downloader.poll())
    await reached.wait()
    await downloader.stop()
    await poll
    assert len(feed.seeded) <= 3
    assert not [task for task in asyncio.all_tasks() if "_page" in repr(task)]


def test_a_page_that_grows_beyond_all_bounds_is_refused() -> None:
    body = Raw(b'"' + b"n" * 9_000_000 + b'"')
    data = pack([Change(entity="article", key="k", body=body)])
    page = SnapshotPage(hashlib.sha256(data).hexdigest(), len(data), 1)
    with pytest.raises(PageDiffersError):
        unpacked(data, page)
