"""What is compared in a night: the newest events each night, all others by turns."""

from hypothesis import given
from hypothesis import strategies as st

from agent.services.line.compare import nightly_windows, split
from sync.protocol.limits import MAX_COMPARED_EVENTS, MAX_COMPARED_RANGES

FIRSTS = st.integers(1, 2 * MAX_COMPARED_EVENTS)
COUNTS = st.integers(0, 5 * MAX_COMPARED_EVENTS)


@given(FIRSTS, COUNTS, st.integers(700_000, 800_000))
def test_the_newest_are_compared_each_night_and_all_others_by_turns(
    first: int, count: int, day: int
) -> None:
    last = first + count - 1
    turns = max(1, -(-(count - MAX_COMPARED_EVENTS) // MAX_COMPARED_EVENTS))
    nights = [list(nightly_windows(first, last, day + turn)) for turn in range(turns)]
    for windows in nights:
        assert all(end - start < MAX_COMPARED_EVENTS for start, end in windows)
        assert [end for _, end in windows][-1:] == ([last] if count else [])
    compared = {window for windows in nights for window in windows}
    assert sum(end - start + 1 for start, end in compared) == count


@given(FIRSTS, st.integers(1, MAX_COMPARED_EVENTS))
def test_a_range_is_split_into_parts_that_come_to_it_and_are_smaller(
    first: int, count: int
) -> None:
    parts = list(split(first, first + count - 1))
    assert len(parts) <= MAX_COMPARED_RANGES
    assert [seq for a, b in parts for seq in range(a, b + 1)] == list(range(first, first + count))
    assert all(b - a + 1 < count for a, b in parts) or count == 1
