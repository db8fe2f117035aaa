"""The night's comparison, against a head office that holds other lines here and there."""

import pytest
from structlog.testing import capture_logs

from agent.services.desk.store_desk import StoreDesk
from agent.services.house.calendar import NotDoneError
from agent.services.house.comparing import Comparing
from agent.services.line.outbox import JournalOutbox
from agent.store.line import journal
from sync.errors import TransportFailedError
from sync.protocol.compare import CompareAnswer, CompareOrder, HqRange, digest_of
from sync.protocol.compare_tables import FeedComparison, FeedOrder
from sync.protocol.identity import Identity
from sync.protocol.messages import Point
from tests.services.line.test_journal_outbox import record

EVENTS = 700
"""More than are hashed by one look at the database."""


class HeadOffice:
    """Holds the hashes of lines, which tests change."""

    def __init__(self, hashes: list[bytes]) -> None:
        self.now = list(hashes)
        self.came = list(hashes)
        self.asked: list[CompareOrder] = []
        self.reached = True

    async def compare(self, order: CompareOrder, identity: Identity) -> CompareAnswer:
        if not self.reached:
            raise TransportFailedError("not_reached", "no line")
        self.asked.append(order)
        ranges = []
        for one in order.ranges:
            held = self.now[one.first - 1 : one.last]
            came = self.came[one.last - 1 : one.last]
            digest, last = digest_of(held), (came or [bytes(32)])[0].hex()
            ranges.append(HqRange(one.first, one.last, digest, len(held), last))
        return CompareAnswer(server_time=1, ranges=tuple(ranges))

    async def compare_feed(self, order: FeedOrder, identity: Identity) -> FeedComparison:
        """Nothing differs: it says what it hears."""
        return FeedComparison(server_time=1, digests=tuple(one.digest for one in order.ranges))


async def nothing_new() -> None:
    """The feed is read to its end."""


@pytest.fixture
async def hq(desk: StoreDesk) -> HeadOffice:
    await record(desk, EVENTS)
    outbox = JournalOutbox(desk)
    last = (await outbox.position()).last
    await outbox.acknowledge(Point(last.seq, last.hash), backup_through=0, server_time=1)
    hashes = await desk.database.read(lambda db: journal.line_hashes(db, desk.store, 1, EVENTS))
    return HeadOffice(hashes)


async def test_the_first_difference_is_told_in_few_questions(
    desk: StoreDesk, hq: HeadOffice
) -> None:
    comparing = Comparing(desk, hq, catch_up=nothing_new)
    with capture_logs() as logged:
        await comparing.of_night()
    assert [(one["event"], one["last"]) for one in logged] == [("compared", EVENTS)]
    assert [order.begins for order in hq.asked] == [True]

    hq.now[600] = hq.now[312] = bytes(32)
    hq.asked.clear()
    with capture_logs() as logged:
        await comparing.of_night()
    [told] = [one for one in logged if one["event"] == "journals_differ"]
    assert (told["seq"], told["why"], told["log_level"]) == (313, "changed_at_hq", "critical")
    assert [(order.begins, order.why) for order in hq.asked] == [
        (True, ""),
        (False, ""),
        (False, "changed_at_hq"),
    ]


async def test_whose_copy_is_another_one_is_told(desk: StoreDesk, hq: HeadOffice) -> None:
    async def why() -> tuple[int, str]:
        with capture_logs() as logged:
            await Comparing(desk, hq, catch_up=nothing_new).of_night()
        [told] = [one for one in logged if one["event"] == "journals_differ"]
        return told["seq"], told["why"]

    hq.now[700 - 1 :] = []
    assert await why() == (700, "missing_at_hq")
    hq.now[500] = hq.came[500] = bytes(32)
    assert await why() == (501, "other_event")
    await desk.database.write(lambda db: db.execute("UPDATE journal SET till = 'T2' WHERE seq = 2"))
    assert await why() == (2, "changed_here")


async def test_a_night_without_a_line_is_made_up_for(desk: StoreDesk, hq: HeadOffice) -> None:
    hq.reached = False
    with pytest.raises(NotDoneError):
        await Comparing(desk, hq, catch_up=nothing_new).of_night()
