"""Figures for monitoring: counted exactly, in a bounded number of series."""

from hypothesis import given
from hypothesis import strategies as st

from agent.base.tally import MAX_SERIES, OTHER, Spread, Tally

NAMES = st.text(max_size=3)


@given(st.lists(st.tuples(NAMES, NAMES)))
def test_every_count_is_told_once(added: list[tuple[str, str]]) -> None:
    tally = Tally("operation", "status")
    for values in added:
        tally.add(*values)
    told = {(named["operation"], named["status"]): count for named, count in tally.counts()}
    assert told == {values: added.count(values) for values in set(added)}


def test_labels_beyond_the_bound_are_counted_under_other() -> None:
    tally = Tally("path")
    for number in range(3 * MAX_SERIES):
        tally.add(str(number))
    told = {named["path"]: count for named, count in tally.counts()}
    assert len(told) == MAX_SERIES + 1
    assert told[OTHER] == 2 * MAX_SERIES


@given(st.lists(st.floats(min_value=0, max_value=10)))
def test_a_histogram_counts_each_value_in_every_bucket_that_is_not_below_it(
    values: list[float],
) -> None:
    spread = Spread((0.5, 1.0, 5.0))
    for value in values:
        spread.observe(value)
    assert spread.buckets() == [
        ("0.5", sum(value <= 0.5 for value in values)),
        ("1.0", sum(value <= 1.0 for value in values)),
        ("5.0", sum(value <= 5.0 for value in values)),
        ("+Inf", len(values)),
    ]
    assert spread.total == sum(values)
