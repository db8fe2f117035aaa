"""Answers the stores' comparisons."""

from itertools import pairwise

import msgspec
from asyncpg import Pool

from agent.base.clock import Clock
from agent.base.problem import ProblemError
from sync.hq.access import Caller, spend
from sync.hq.compare.journal import digests_at_hq
from sync.hq.compare.tables import listed_rows, table_digests
from sync.hq.compared import note_compared, note_feed
from sync.hq.intake.journal import check_greeted
from sync.protocol.compare import CompareAnswer, CompareOrder
from sync.protocol.compare_tables import FeedComparison, FeedOrder
from sync.protocol.limits import MAX_COMPARED_EVENTS

_decoder = msgspec.json.Decoder(CompareOrder)
_feed_decoder = msgspec.json.Decoder(FeedOrder)


class CompareDesk:
    """Says what HQ holds of the ranges that a store names."""

    def __init__(self, *, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def answer(self, caller: Caller, data: bytes) -> CompareAnswer:
        """Return HQ's digests for the order `data` of `caller`, and note what differs.

        ProblemError: `compare_malformed`, or `fenced` for a copy of the store.
        """
        order, now, store = _decoded(data), self._clock.wall(), caller.store
        async with self._pool.acquire() as connection, connection.transaction():
            await spend(connection, caller)
            await check_greeted(connection, store, caller.identity)
            held = await digests_at_hq(connection, store, order.ranges)
            await note_compared(connection, store, order, held, now=now)
        return CompareAnswer(server_time=now, ranges=tuple(held))

    async def answer_of_feed(self, caller: Caller, data: bytes) -> FeedComparison:
        """Return HQ's digests of what the feed tells `caller`, and note what it found.

        ProblemError: `compare_malformed`, or `fenced` for a copy of the store.
        """
        order, now, store = _decoded_of_feed(data), self._clock.wall(), caller.store
        async with self._pool.acquire() as connection, connection.transaction():
            await spend(connection, caller)
            await check_greeted(connection, store, caller.identity)
            digests = await table_digests(connection, store, order.table, order.ranges)
            rows = (
                await listed_rows(connection, store, order.table, order.ranges[0])
                if order.listing
                else []
            )
            await note_feed(connection, store, order, now=now)
        return FeedComparison(server_time=now, digests=tuple(digests), rows=tuple(rows))


def _decoded_of_feed(data: bytes) -> FeedOrder:
    try:
        order = _feed_decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError(400, "compare_malformed", str(error)[:300]) from None
    bounds = [text for one in order.ranges for text in (one.after, one.until)]
    texts = [order.key, order.why, *bounds]
    if any("\0" in text for text in texts):
        raise ProblemError(400, "compare_malformed", "a text holds the character U+0000")
    if order.listing and len(order.ranges) != 1:
        raise ProblemError(400, "compare_malformed", "one range is listed at a time")
    return order


def _decoded(data: bytes) -> CompareOrder:
    try:
        order = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError(400, "compare_malformed", str(error)[:300]) from None
    if any(one.first > one.last for one in order.ranges):
        raise ProblemError(400, "compare_malformed", "a range ends before it begins")
    if any(one.last >= after.first for one, after in pairwise(order.ranges)):
        raise ProblemError(400, "compare_malformed", "the ranges are not in order")
    events = sum(one.last - one.first + 1 for one in order.ranges)
    if events > MAX_COMPARED_EVENTS:
        raise ProblemError(
            400, "compare_malformed", f"{events} events at once, at most {MAX_COMPARED_EVENTS}"
        )
    return order
