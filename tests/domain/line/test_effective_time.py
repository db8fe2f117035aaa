"""Effective time: HQ's clock first, never before the journal, the PC's clock only where it must."""

from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import Millis
from agent.domain.line.effective_time import effective_now

instants = st.integers(0, 2**45).map(Millis)
spans = st.integers(0, 2**40)


@given(instants, instants, spans, instants)
def test_while_hq_was_heard_the_pcs_clock_has_no_say(
    wall: Millis, hq_time: Millis, elapsed_ms: int, newest: Millis
) -> None:
    now = effective_now(wall=wall, hq_time=hq_time, hq_elapsed_ms=elapsed_ms, newest_journal=newest)
    assert now == max(hq_time + elapsed_ms, newest)


@given(instants, instants, instants)
def test_after_a_restart_it_is_the_latest_of_everything_known(
    wall: Millis, hq_time: Millis, newest: Millis
) -> None:
    now = effective_now(wall=wall, hq_time=hq_time, hq_elapsed_ms=None, newest_journal=newest)
    assert now == max(wall, hq_time, newest)


@given(instants, instants)
def test_before_hq_was_ever_heard_it_is_the_pcs_clock_or_the_journal(
    wall: Millis, newest: Millis
) -> None:
    now = effective_now(wall=wall, hq_time=None, hq_elapsed_ms=None, newest_journal=newest)
    assert now == max(wall, newest)


@given(instants, st.none() | instants, st.none() | spans, instants)
def test_it_is_never_before_the_newest_event(
    wall: Millis, hq_time: Millis | None, elapsed_ms: int | None, newest: Millis
) -> None:
    now = effective_now(wall=wall, hq_time=hq_time, hq_elapsed_ms=elapsed_ms, newest_journal=newest)
    assert now >= newest
