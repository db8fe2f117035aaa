"""The events of all stores as one stream: all, in each journal's order, whatever is lost."""

import asyncio
from collections import defaultdict
from typing import Any

import msgspec
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from sync.hq.outward.readers import add_reader, revoke_reader
from sync.protocol.messages import EventsAnswer
from tests.hq.head_office import Answer, HeadOffice, StoreClient
from tests.hq.journal import NOON, Journal
from tests.hq.waiting import until_somebody_is_blocked

_PATH = "/hq/v1/events"


class Consumer:
    """A program that reads the stream; it may lose answers and be started again."""

    def __init__(self, hq: HeadOffice, token: str) -> None:
        self._hq = hq
        self._token = token
        self.cursor = ""
        self.events: list[dict[str, Any]] = []

    async def ask(self, **query: str) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}"}
        return await self._hq.request("GET", _PATH, params=query, headers=headers)

    async def read(self, *, limit: int = 7, loses_answer: bool = False) -> int:
        """Read a page; return how many events were on it."""
        answer = await self.ask(after=self.cursor, limit=str(limit))
        assert answer.status == 200, answer.body
        if loses_answer:
            return 0
        page = msgspec.json.decode(answer.body)
        self.events += page["events"]
        self.cursor = page["cursor"]
        return len(page["events"])

    async def read_to_the_end(self) -> None:
        while await self.read():
            pass

    def lines(self) -> dict[str, list[str]]:
        """The journals' lines by store, in the order in which they were told."""
        lines = defaultdict(list)
        for event in self.events:
            lines[event["source"].removeprefix("/stores/")].append(
                msgspec.json.encode(event["data"]).decode()
            )
        return lines


async def _consumer(hq: HeadOffice) -> Consumer:
    return Consumer(hq, await add_reader(hq.db, "crm", now=NOON))


def _lines(journal: Journal, count: int) -> list[str]:
    return [
        msgspec.json.encode(msgspec.json.decode(line)).decode() for line in journal.lines[:count]
    ]


async def test_a_consumer_that_loses_answers_and_starts_again_has_exactly_the_journals_in_order(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    consumer = await _consumer(hq)
    journals = {"MB001": store.journal_of_sales(30), "MB002": other.journal_of_sales(30)}

    async def sell(client: StoreClient) -> None:
        for first in range(1, 31, 3):
            await client.send(journals[client.code], first, first + 2)

    async def consume() -> None:
        for turn in range(40):
            await consumer.read(limit=1 + turn % 5, loses_answer=turn % 3 == 0)

    await asyncio.gather(sell(store), sell(other), consume())
    await consumer.read_to_the_end()

    assert consumer.lines() == {code: _lines(journal, 30) for code, journal in journals.items()}


async def test_an_event_whose_transaction_ends_late_is_not_passed_over(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    consumer = await _consumer(hq)
    slow, quick = store.journal_of_sales(2), other.journal_of_sales(1)
    await store.send(slow, 1, 1)
    sending: asyncio.Task[EventsAnswer]

    async with hq.db.transaction():  # its number is older than that of the quick one
        await hq.db.execute("SELECT FROM store_position WHERE store = 'MB001' FOR UPDATE")
        sending = asyncio.create_task(store.send(slow, 2, 2))
        await until_somebody_is_blocked(hq.db)
        await other.send(quick)
        await consumer.read_to_the_end()
        assert [len(lines) for lines in consumer.lines().values()] == [1]
    await sending

    await consumer.read_to_the_end()
    assert consumer.lines() == {"MB001": _lines(slow, 2), "MB002": _lines(quick, 1)}


async def test_an_event_is_a_cloudevent(hq: HeadOffice, store: StoreClient) -> None:
    consumer = await _consumer(hq)
    journal = store.journal_of_sales(1)
    await store.send(journal)
    await consumer.read_to_the_end()
    [told] = consumer.events

    event = JSONFormat().read(CloudEvent, msgspec.json.encode(told))

    data = event.get_data()
    assert isinstance(data, dict)
    assert event.get_type() == "store-agent.sale.recorded"
    assert (event.get_source(), event.get_extension("storeepoch")) == ("/stores/MB001", 1)
    assert (event.get_id(), int(event.get_extension("sequence"))) == (data["event_id"], 1)
    assert data["body"]["sale_id"]


async def test_only_a_reader_reads_and_a_cursor_of_another_database_begins_anew(
    hq: HeadOffice, store: StoreClient
) -> None:
    consumer = await _consumer(hq)
    await store.send(store.journal_of_sales(2))
    assert await consumer.read(limit=1) == 1

    for after, status, code in (
        ("x", 400, "cursor_malformed"),
        (consumer.cursor[:-8] + "00000000", 410, "cursor_gone"),
    ):
        answer = await consumer.ask(after=after)
        assert (answer.status, answer.code) == (status, code)
    for limit in ("0", "1001", "²", "-1"):
        assert (await consumer.ask(limit=limit)).code == "limit_out_of_range"
    assert (await Consumer(hq, "guessed").ask()).code == "reader_unknown"
    assert (await hq.request("GET", _PATH)).code == "reader_unknown"

    await revoke_reader(hq.db, "crm", now=NOON)
    assert (await consumer.ask()).status == 401
