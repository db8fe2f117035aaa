"""What a batch holds, how large it is, and what an answer proves of it."""

import pytest

from sync.batching import Batch, BatchSize
from sync.errors import ContradictionError
from sync.protocol.batch import decode_batch
from sync.protocol.limits import MAX_LINE_BYTES
from sync.protocol.messages import BatchLimits, EventsAnswer, Point
from tests.sync.memory import MemoryOutbox


async def batch_of(outbox: MemoryOutbox, first: int, last: int) -> Batch:
    after = Point(first - 1, await outbox.hash_at(first - 1) or "")
    lines = await outbox.read(first - 1, last - first + 1, 1 << 20)
    return Batch(epoch=3, after=after, lines=lines, full=False)


def answer(seq: int, hash_: str) -> EventsAnswer:
    return EventsAnswer(accepted_through=seq, hash=hash_, server_time=0)


async def test_batch_is_read_back_by_hq_as_it_was_written(outbox: MemoryOutbox) -> None:
    batch = await batch_of(outbox, 4, 6)
    head, events = decode_batch(batch.encoded())
    assert (head.epoch, head.first_seq, head.last_seq) == (3, 4, 6)
    assert [event.line for event in events] == outbox.lines[3:6]
    assert Point(6, events[-1].hash.hex()) == batch.last


@pytest.mark.parametrize("seq", [4, 5, 6])
async def test_own_hash_confirms_each_place_of_the_batch(outbox: MemoryOutbox, seq: int) -> None:
    batch = await batch_of(outbox, 4, 6)
    own = await outbox.hash_at(seq) or ""
    assert batch.confirmed(answer(seq, own)) == Point(seq, own)


@pytest.mark.parametrize("seq", [0, 3, 7, 2**50])
async def test_place_outside_the_batch_proves_nothing(outbox: MemoryOutbox, seq: int) -> None:
    batch = await batch_of(outbox, 4, 6)
    own = await outbox.hash_at(seq) or "0" * 64
    with pytest.raises(ContradictionError) as raised:
        batch.confirmed(answer(seq, own))
    assert raised.value.code == "accepted_not_sent"


async def test_another_hash_proves_nothing(outbox: MemoryOutbox) -> None:
    batch = await batch_of(outbox, 4, 6)
    with pytest.raises(ContradictionError) as raised:
        batch.confirmed(answer(6, await outbox.hash_at(5) or ""))
    assert raised.value.code == "hash_differs"


@pytest.mark.parametrize("events", [0, -1, 1, 3])
def test_hqs_limits_are_kept_but_one_event_always_goes(events: int) -> None:
    size = BatchSize(500)
    size.limit(BatchLimits(events=events, bytes=10))
    assert size.events == max(1, events)
    assert size.bytes == MAX_LINE_BYTES


def test_hq_can_raise_no_limit_above_the_protocols() -> None:
    size = BatchSize(10_000)
    size.limit(BatchLimits(events=10**9, bytes=10**12))
    assert (size.events, size.bytes) == (500, 1_048_576)


def test_refused_size_is_not_tried_again_before_the_next_hello() -> None:
    size = BatchSize(500)
    size.too_large(500)
    size.confirmed()
    assert size.events == 250
    size.limit(BatchLimits(events=500, bytes=1_048_576))
    size.confirmed()
    assert size.events == 500


def test_size_that_timed_out_grows_back_with_success() -> None:
    size = BatchSize(500)
    size.lost(500)
    size.lost(250)
    assert size.events == 125
    size.confirmed()
    size.confirmed()
    size.confirmed()
    assert size.events == 500


def test_batch_is_full_when_another_line_might_not_have_fitted() -> None:
    size = BatchSize(3)
    assert size.is_full([b"x"] * 3)
    assert not size.is_full([b"x"] * 2)
    assert size.is_full([b"x" * (1_048_576 - MAX_LINE_BYTES)])
