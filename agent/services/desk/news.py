"""News: what changed, told to whoever listens: till pages, the print spool, the status lights."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from copy import copy
from enum import StrEnum
from typing import Any

from msgspec import Struct, structs

MAX_UNREAD = 256
"""News that one listener may leave unread; then it has fallen behind and has to look anew."""


class Topic(StrEnum):
    """What the news is about; its `facts` are the API's own structs."""

    STATUS = "status"
    """The line, the outbox or a limit changed; the facts are those of `GET status`."""
    SCAN = "scan"
    """A scanner read a code: `code`, and `scanner`, the name of which."""
    SYNCED = "synced"
    """HQ acknowledged: receipts whose `seq` is not above `acked_seq` are confirmed."""
    PRINT = "print"
    """A print job changed its state; the facts are the job as in `GET prints`."""
    DEVICES = "devices"
    """A device's state changed; no facts: `GET status` has them."""
    SALE = "sale"
    """A sale was recorded."""
    BASKET = "basket"
    """The basket of a till changed; the facts are its `priced`."""
    SESSION = "session"
    """A session of the till page changed its `state`."""


class Item(Struct, frozen=True, kw_only=True):
    """One piece of news."""

    topic: Topic
    till: str | None = None
    """None: concerns every till."""
    training: bool = False
    """It was practised: nobody sold, nothing is to be paid."""
    facts: Any = None


class FellBehindError(Exception):
    """The listener left more than MAX_UNREAD unread; what it missed it has to look up."""


class News:
    """Hands each item to every listener, on the event loop; keeps nothing."""

    def __init__(self) -> None:
        self._queues: dict[asyncio.Queue[Item | None], frozenset[Topic]] = {}
        self._listened = asyncio.Event()
        self._practised = False

    def practised(self) -> "News":
        """Return news of what is practised: the same listeners hear it, marked as such."""
        news = copy(self)
        news._practised = True
        return news

    def publish(self, item: Item) -> int:
        """Tell every listener; never waits. Return how many were told."""
        if self._practised:
            item = structs.replace(item, training=True)
        told = 0
        for queue, topics in self._queues.items():
            if item.topic not in topics or queue.full():
                continue
            # The last place is kept for the mark that the listener has fallen behind.
            queue.put_nowait(item if queue.qsize() < MAX_UNREAD else None)
            told += 1
        return told

    def is_heard(self, topic: Topic) -> bool:
        """Whether anybody listens to `topic`: else there is no need to look what is new."""
        return any(topic in topics for topics in self._queues.values())

    async def until_heard(self, topic: Topic) -> None:
        """Return as soon as somebody listens to `topic`."""
        while not self.is_heard(topic):
            self._listened.clear()
            await self._listened.wait()

    @contextmanager
    def listen(self, *topics: Topic) -> Iterator[AsyncIterator[Item]]:
        """Give an iterator of what is published on `topics` (none: on all) from now on.

        It raises FellBehindError.
        """
        queue: asyncio.Queue[Item | None] = asyncio.Queue(MAX_UNREAD + 1)
        self._queues[queue] = frozenset(topics or Topic)
        self._listened.set()
        try:
            yield _read(queue)
        finally:
            del self._queues[queue]


async def _read(queue: "asyncio.Queue[Item | None]") -> AsyncIterator[Item]:
    while True:
        item = await queue.get()
        if item is None:
            raise FellBehindError
        yield item
