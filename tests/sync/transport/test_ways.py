"""Which way calls go: one probe at a time, no to and fro, back to the better way when it is sound.

Everything here is decided on virtual time; what goes over sockets is in test_calls.py.
"""

from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.base.backoff import CAP_MS
from sync.errors import (
    FencedError,
    HqError,
    RejectedError,
    ServerFailedError,
    ThrottledError,
    TransportFailedError,
)
from sync.transport.breaker import LOOK_MS, MIN_WAIT_MS, PROOFS
from sync.transport.ways import Way, Ways, WayState, ways_of
from tests.sync.virtual_time import VirtualTime

RETURN_MS = 60_000
REFUSED = TransportFailedError("not_reached", "refused")
SOFT = TransportFailedError("broken_off", "cut")
URLS = ("https://hq.example.com", "https://hq-4g.example.com")


def two_ways(time: VirtualTime) -> tuple[Ways, Way, Way]:
    ways = Ways(ways_of(URLS, ()), return_ms=RETURN_MS, clock=time, draw=lambda: 0.5)
    return ways, ways.all[0], ways.all[1]


def probe_when_due(ways: Ways, time: VirtualTime, error: HqError | None = None) -> Way:
    """Let the time pass until a probe is due, and let it end so."""
    wait = ways.next_probe_in_ms()
    assert wait is not None
    time.pass_by(wait)
    way = ways.begin_probe()
    assert way is not None
    ways.probed(way, error)
    return way


def test_every_address_is_a_way_over_the_first_interface_and_then_over_the_next() -> None:
    assert [*map(tuple, ways_of((*URLS, "http://x/"), ("a", "b")))] == [
        (0, URLS[0], "a"),
        (1, URLS[1], "a"),
        (2, "http://x", "a"),
        (3, URLS[0], "b"),
        (4, URLS[1], "b"),
        (5, "http://x", "b"),
    ]
    assert [way.interface for way in ways_of(URLS, ())] == ["", ""]


@pytest.mark.parametrize("code", ["not_reached", "tls_failed", "not_hq", "answer_not_signed"])
def test_a_way_that_fails_for_certain_is_given_up_at_once(time: VirtualTime, code: str) -> None:
    ways, first, second = two_ways(time)
    ways.failed(first, TransportFailedError(code))
    assert ways.in_use == second
    assert ways.usable() == (second,)


def test_one_call_that_broke_off_has_the_way_probed_and_the_probe_decides(
    time: VirtualTime,
) -> None:
    ways, first, _ = two_ways(time)
    ways.failed(first, SOFT)
    assert ways.in_use == first
    assert probe_when_due(ways, time) == first
    assert ways.in_use == first
    ways.answered(first)
    for _ in range(4):
        ways.answered(first)
    ways.failed(first, ServerFailedError("http_502"))
    assert probe_when_due(ways, time, SOFT) == first
    assert ways.in_use != first


def test_two_calls_of_five_that_broke_off_need_no_probe(time: VirtualTime) -> None:
    ways, first, second = two_ways(time)
    for answered in (False, True, True, True, False):
        ways.answered(first) if answered else ways.failed(first, SOFT)
    assert ways.in_use == second


@pytest.mark.parametrize("error", [RejectedError("key_unknown"), FencedError("fenced")])
def test_a_refusal_is_an_answer_and_an_order_to_wait_is_no_failure(
    time: VirtualTime, error: HqError
) -> None:
    ways, first, _ = two_ways(time)
    for _ in range(9):
        ways.failed(first, error)
        ways.failed(first, ThrottledError("http_503"))
    assert ways.in_use == first
    assert not ways.status()[0].last_error


def test_a_better_way_is_used_again_after_enough_probes_over_enough_time(
    time: VirtualTime,
) -> None:
    ways, first, second = two_ways(time)
    ways.failed(first, REFUSED)
    assert [one.state for one in ways.status()] == [WayState.FAILING, WayState.IN_USE]
    assert probe_when_due(ways, time) == first
    proven_from = time.monotonic_ms()
    assert [one.state for one in ways.status()] == [WayState.ON_TRIAL, WayState.IN_USE]
    while ways.in_use == second:
        probe_when_due(ways, time)
    assert time.monotonic_ms() - proven_from >= RETURN_MS
    assert [one.state for one in ways.status()] == [WayState.IN_USE, WayState.READY]


def test_one_probe_that_fails_begins_the_trial_anew(time: VirtualTime) -> None:
    ways, first, second = two_ways(time)
    ways.failed(first, REFUSED)
    for error in (None, None, REFUSED, *[None] * (PROOFS - 1)):
        while probe_when_due(ways, time, error) != first:
            pass
    assert ways.in_use == second


def test_a_call_that_ends_late_says_nothing_of_a_way_on_trial(time: VirtualTime) -> None:
    ways, first, second = two_ways(time)
    ways.failed(first, REFUSED)
    probe_when_due(ways, time)
    ways.failed(first, SOFT)
    ways.answered(first)
    assert ways.status()[0].state is WayState.ON_TRIAL
    assert ways.in_use == second


def test_when_no_way_works_all_are_tried_and_the_first_answer_is_enough(
    time: VirtualTime,
) -> None:
    ways, first, second = two_ways(time)
    ways.failed(first, REFUSED)
    ways.failed(second, REFUSED)
    assert ways.in_use is None
    assert ways.usable() == (first, second)
    ways.answered(second)
    assert ways.in_use == second


def test_a_way_on_trial_is_used_at_once_when_the_other_fails(time: VirtualTime) -> None:
    ways, first, second = two_ways(time)
    ways.failed(first, REFUSED)
    probe_when_due(ways, time)
    ways.failed(second, REFUSED)
    assert ways.in_use == first


def test_a_stand_by_way_is_looked_at_before_it_is_needed(time: VirtualTime) -> None:
    ways, first, second = two_ways(time)
    assert probe_when_due(ways, time) == second
    began = time.monotonic_ms()
    assert probe_when_due(ways, time, REFUSED) == second
    assert time.monotonic_ms() - began <= LOOK_MS
    assert [one.state for one in ways.status()] == [WayState.IN_USE, WayState.FAILING]
    assert ways.in_use == first


def test_probes_of_a_dead_way_back_off_to_a_constant_cap(time: VirtualTime) -> None:
    ways = Ways(ways_of(URLS, ()), return_ms=RETURN_MS, clock=time, draw=lambda: 0.999)
    ways.failed(ways.all[0], REFUSED)
    waits = []
    for _ in range(15):
        began = time.monotonic_ms()
        while probe_when_due(ways, time, REFUSED) != ways.all[0]:
            pass
        waits.append(time.monotonic_ms() - began)
    assert waits == sorted(waits)
    assert waits[0] == MIN_WAIT_MS
    assert CAP_MS * 0.9 < waits[-1] <= CAP_MS


class Moved(NamedTuple):
    """That another way is used."""

    at: int
    to: Way | None
    left: WayState | None
    """How the way that was used stands; None: there was none."""


class World:
    """Lines that go up and down under ways, with a prober and callers on virtual time."""

    def __init__(self, count: int, draws: Iterator[float]) -> None:
        self.time = VirtualTime()
        urls = [f"https://hq-{number}" for number in range(count)]
        self.ways = Ways(
            ways_of(urls, ()),
            return_ms=RETURN_MS,
            clock=self.time,
            draw=lambda: next(draws),
        )
        self.up = [True] * count
        self.moves: list[Moved] = []
        self.proofs: dict[Way, list[int]] = {way: [] for way in self.ways.all}
        """When the probes in a row were answered that ended last."""
        self._used = self.ways.in_use
        self.ways.watch(self._look)

    def call(self) -> None:
        """Call head office as `sync.transport.calls` does."""
        for way in self.ways.usable():
            if self.up[way.rank]:
                self.ways.answered(way)
                break
            self.ways.failed(way, REFUSED)

    def pass_by(self, milliseconds: int) -> None:
        """Let the time pass, with each probe that is due meanwhile, which takes half a second."""
        end = self.time.monotonic_ms() + milliseconds
        while True:
            wait = self.ways.next_probe_in_ms()
            if wait is None or self.time.monotonic_ms() + wait >= end:
                break
            self.time.pass_by(wait)
            self._probe()
        self.time.pass_by(max(0, end - self.time.monotonic_ms()))

    def _probe(self) -> None:
        way = self.ways.begin_probe()
        assert way is not None
        assert self.ways.begin_probe() is None, "two probes at a time"
        assert self.ways.next_probe_in_ms() is None
        self.time.pass_by(500)
        if self.up[way.rank]:
            self.proofs[way].append(self.time.monotonic_ms())
            self.ways.probed(way, None)
        else:
            self.proofs[way].clear()
            self.ways.probed(way, REFUSED)

    def _look(self) -> None:
        if (used := self.ways.in_use) != self._used:
            states = {one.way: one.state for one in self.ways.status()}
            left = states[self._used] if self._used else None
            self.moves.append(Moved(self.time.monotonic_ms(), used, left))
            self._used = used
            if left is WayState.READY:
                assert used is not None
                proofs = self.proofs[used][-PROOFS:]
                assert len(proofs) == PROOFS
                assert self.time.monotonic_ms() - self.proofs[used][0] >= RETURN_MS
        if used is None or used.rank == 0:
            return
        better = self.ways.status()[: used.rank]
        assert all(one.state in (WayState.FAILING, WayState.ON_TRIAL) for one in better)


steps = st.lists(
    st.one_of(
        st.just("call"),
        st.integers(0, 2),
        st.integers(1, 200_000).map(lambda ms: f"pass {ms}"),
    ),
    max_size=60,
)


@settings(max_examples=200)
@given(count=st.integers(1, 3), steps=steps, random=st.randoms(use_true_random=False))
def test_whatever_the_lines_do_ways_do_not_flap_and_the_best_sound_one_is_used_in_the_end(
    count: int, steps: list[str | int], random: Random
) -> None:
    world = World(count, iter(random.random, None))
    for step in steps:
        if isinstance(step, int):
            line = step % count
            world.up[line] = not world.up[line]
        elif step == "call":
            world.call()
        else:
            world.pass_by(int(step.removeprefix("pass ")))
    returns = [move for move in world.moves if move.left is WayState.READY]
    assert all(later.at - move.at >= RETURN_MS for move, later in pairwise(returns))
    world.up = [True] * count
    world.call()
    world.pass_by(CAP_MS + 2 * RETURN_MS + count * 1_000)
    assert world.ways.in_use == world.ways.all[0]
