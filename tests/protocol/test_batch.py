"""A batch is taken as it was sent, from the first byte to the last, or not at all."""

import re
from collections.abc import Callable
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.line.chain import GENESIS, ChainBrokenError, line_hash, line_of
from sync.protocol.batch import BatchError, decode_batch
from sync.protocol.limits import MAX_BATCH_EVENTS, MAX_LINE_BYTES
from tests.protocol.journals import batch, envelope, journal

LINES = journal(3)
BATCH = batch(LINES)


def code_of(data: bytes) -> str:
    with pytest.raises(BatchError) as refusal:
        decode_batch(data)
    return refusal.value.code


def broken_at(data: bytes) -> int:
    with pytest.raises(ChainBrokenError) as refusal:
        decode_batch(data)
    return refusal.value.seq


def test_a_batch_comes_through_line_by_line() -> None:
    head, events = decode_batch(BATCH)
    assert (head.epoch, head.first_seq, head.last_seq) == (1, 1, 3)
    assert [event.line for event in events] == LINES
    assert [event.hash for event in events] == [line_hash(line) for line in LINES]
    assert [event.envelope.seq for event in events] == [1, 2, 3]


def test_a_batch_from_the_middle_follows_from_the_hash_before_it() -> None:
    before = line_hash(LINES[-1]).hex()
    later = journal(2, first_seq=4, prev_hash=before)
    _, events = decode_batch(batch(later, first_seq=4, prev_hash=before))
    assert [event.envelope.prev_hash for event in events] == [before, events[0].hash.hex()]


@given(st.integers(1, 20), st.integers(1, 10**9))
def test_any_stretch_of_a_journal_comes_through(count: int, first_seq: int) -> None:
    lines = journal(count, first_seq=first_seq, prev_hash="ab" * 32)
    _, events = decode_batch(batch(lines, first_seq=first_seq, prev_hash="ab" * 32))
    assert [event.line for event in events] == lines


# Cut and damaged


def test_every_truncation_is_noticed() -> None:
    for length in range(len(BATCH)):
        with pytest.raises(BatchError):
            decode_batch(BATCH[:length])


def test_a_batch_that_lost_its_last_line_is_noticed_by_its_head() -> None:
    assert code_of(BATCH[: BATCH[:-1].rindex(b"\n") + 1]) == "batch_size"


def test_every_changed_byte_of_the_events_is_noticed() -> None:
    """All but the last event's own text, whose hash only the next event or the answer tells."""
    head = BATCH.index(b"\n") + 1
    last = BATCH[:-1].rindex(b"\n") + 1
    for place in range(head, last):
        altered = bytearray(BATCH)
        altered[place] ^= 1
        with pytest.raises((BatchError, ChainBrokenError)):
            decode_batch(bytes(altered))


def test_a_change_in_the_last_event_shows_in_its_hash() -> None:
    place = BATCH.rindex(b'"n":3') + 4
    altered = BATCH[:place] + b"4" + BATCH[place + 1 :]
    _, events = decode_batch(altered)
    assert events[-1].hash != line_hash(LINES[-1])


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\n", b"\n\n", b"{}", b"{}\n", b"null\n\n", b"\x00\n\n", b"\xff\n\n", b"[1]\n{}\n"),
        b'{"epoch":1,"first_seq":1,"last_seq":1,"prev_hash":"\xff"}\n{}\n',
        b"[" * 90_000 + b"\n\n",
    ],
)
def test_what_has_no_head_is_no_batch(data: bytes) -> None:
    assert code_of(data) in ("batch_truncated", "batch_head")


def with_head(**changes: object) -> bytes:
    head, rest = BATCH.split(b"\n", 1)
    fields = {**msgspec.json.decode(head), **changes}
    return msgspec.json.encode(fields) + b"\n" + rest


@pytest.mark.parametrize(
    "changes",
    [
        {"epoch": -1},
        {"epoch": None},
        {"epoch": "1"},
        {"first_seq": 0, "last_seq": 2},
        {"first_seq": -1, "last_seq": 1},
        {"first_seq": 1.0},
        {"last_seq": 2**64},
        {"prev_hash": "00"},
        {"prev_hash": "0" * 63 + "G"},
        {"prev_hash": "A" * 64},
        {"prev_hash": None},
    ],
)
def test_a_head_has_its_types_and_limits(changes: dict[str, object]) -> None:
    assert code_of(with_head(**changes)) == "batch_head"


@pytest.mark.parametrize(
    "changes",
    [{"last_seq": 2}, {"last_seq": 4}, {"last_seq": 0}, {"first_seq": 2}, {"first_seq": 2**53}],
)
def test_the_head_counts_the_lines(changes: dict[str, object]) -> None:
    assert code_of(with_head(**changes)) == "batch_size"


def test_the_head_places_the_lines() -> None:
    assert broken_at(with_head(first_seq=2, last_seq=4)) == 2
    assert broken_at(with_head(prev_hash="ab" * 32)) == 1


def test_five_hundred_events_are_a_batch_and_one_more_is_not() -> None:
    lines = journal(MAX_BATCH_EVENTS + 1)
    _, events = decode_batch(batch(lines[:-1]))
    assert len(events) == MAX_BATCH_EVENTS == 500
    assert code_of(batch(lines)) == "batch_size"
    assert code_of(batch([])) == "batch_size"


def test_an_event_has_a_largest_size() -> None:
    room = MAX_LINE_BYTES - len(line_of(envelope(body=b'""')))
    largest = line_of(envelope(body=b'"%s"' % (b"x" * room)))
    assert len(largest) == MAX_LINE_BYTES
    assert len(decode_batch(batch([largest]))[1]) == 1
    assert (
        code_of(batch([line_of(envelope(body=b'"%s"' % (b"x" * (room + 1))))])) == "line_too_long"
    )


# The chain


def test_a_gap_a_repeat_and_a_swap_are_noticed() -> None:
    one, two, three = LINES
    assert broken_at(batch([one, three])) == 2
    assert broken_at(batch([one, one, two])) == 2
    assert broken_at(batch([one, three, two])) == 2
    assert broken_at(batch([two, three])) == 1


def test_an_event_of_another_past_does_not_follow() -> None:
    stranger = line_of(envelope(2, "ab" * 32))
    assert broken_at(batch([LINES[0], stranger])) == 2


def test_a_right_hash_under_a_wrong_number_does_not_follow() -> None:
    skipped = line_of(envelope(3, line_hash(LINES[0]).hex()))
    assert broken_at(batch([LINES[0], skipped])) == 2


# Lines


def edited(change: Callable[[bytes], bytes]) -> bytes:
    line = change(LINES[0])
    assert line != LINES[0]
    return batch([line])


@pytest.mark.parametrize(
    "change",
    [
        lambda line: b"",
        lambda line: b"null",
        lambda line: b"{}",
        lambda line: line[:-1],
        lambda line: line + b"}",
        lambda line: b"\xef\xbb\xbf" + line,
        lambda line: line.replace(b'"C1"', b'"\xff"'),
        lambda line: line.replace(b'"C1"', b'"\\ud800"'),
        lambda line: line.replace(b'"C1"', b"null"),
        lambda line: line.replace(b'"C1"', b"1"),
        lambda line: line.replace(b'"seq":1', b'"seq":"1"'),
        lambda line: line.replace(b'"seq":1', b'"seq":1.0'),
        lambda line: line.replace(b'"seq":1', b'"seq":1,"more":1'),
        lambda line: line.replace(b'"seq":1,', b""),
        lambda line: re.sub(rb'"body":\{[^}]*\}', b'"body":' + b"[" * 60_000, line),
        lambda line: re.sub(rb'"body":\{[^}]*\}', b'"body":' + b"[" * 9_000 + b"]" * 9_000, line),
        lambda line: re.sub(rb'"occurred_at":\d+', b'"occurred_at":' + b"9" * 100_000, line),
    ],
)
def test_a_line_that_is_no_event_is_refused(change: Callable[[bytes], bytes]) -> None:
    assert code_of(edited(change)) == "line_malformed"


def test_a_body_that_is_not_text_is_held_to_be_parked() -> None:
    """The line has its place and its hash; what its body means is looked at after."""
    line = edited(lambda line: line.replace("满30减5".encode(), b"\xff\xfe"))
    _, (event,) = decode_batch(line)
    assert b"\xff\xfe" in bytes(event.envelope.body)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_batch_or_a_batch_error(data: bytes) -> None:
    for attempt in (data, data + b"\n", BATCH.split(b"\n")[0] + b"\n" + data + b"\n"):
        with suppress(BatchError, ChainBrokenError):
            decode_batch(attempt)


def test_the_first_event_follows_from_the_genesis() -> None:
    assert decode_batch(BATCH)[0].prev_hash == GENESIS.hex() == "00" * 32
