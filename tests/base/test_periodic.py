"""Periodic work goes on, one run at a time, whatever a run does."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from agent.base.logging import configure
from agent.base.periodic import Periodic, Work

EVERY_S = 0.001


@asynccontextmanager
async def running(work: Work, *, every_s: float = EVERY_S) -> AsyncIterator[Periodic]:
    periodic = Periodic(work, name="feed poll", every_s=every_s, at_once=True)
    periodic.start()
    async with asyncio.timeout(10):
        yield periodic
        await periodic.stop()


class Runs:
    """Work that counts its runs; those in `failing` raise."""

    def __init__(self, *failing: int, until: int) -> None:
        self.count = 0
        self.enough = asyncio.Event()
        self._failing = failing
        self._until = until

    async def run(self) -> None:
        self.count += 1
        if self.count == self._until:
            self.enough.set()
        if self.count in self._failing:
            raise OSError(f"run {self.count}")


async def test_a_run_that_fails_ends_nothing_and_is_told_once_until_one_goes_well() -> None:
    stream = io.StringIO()
    configure(level="info", fmt="json", stream=stream)
    runs = Runs(1, 2, 4, until=6)
    async with running(runs.run):
        await runs.enough.wait()
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in told] == [
        "periodic_work_failed",
        "periodic_work_recovered",
    ] * 2
    assert {line["work"] for line in told} == {"feed poll"}


async def test_runs_never_overlap_however_long_they_take() -> None:
    at_work, most, runs = 0, 0, 0
    enough = asyncio.Event()

    async def long_run() -> None:
        nonlocal at_work, most, runs
        at_work, runs = at_work + 1, runs + 1
        most = max(most, at_work)
        await asyncio.sleep(EVERY_S * 5)
        at_work -= 1
        if runs == 5:
            enough.set()

    async with running(long_run):
        await enough.wait()
    assert most == 1


async def test_stop_returns_when_a_run_that_it_broke_off_has_ended_and_none_begins_after() -> None:
    begun, ended = asyncio.Event(), 0

    async def run() -> None:
        nonlocal ended
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(EVERY_S)
            ended += 1

    async with running(run) as periodic:
        await begun.wait()
        await periodic.stop()
        assert ended == 1
        await periodic.stop()
    assert ended == 1


async def test_the_first_run_is_an_interval_after_the_start_unless_it_is_wanted_at_once() -> None:
    runs = Runs(until=1)
    periodic = Periodic(runs.run, name="pruning", every_s=3_600)
    periodic.start()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert runs.count == 0
    await periodic.stop()


@pytest.mark.parametrize(("draw", "least", "most"), [(0.0, 0.9, 0.95), (0.5, 0.99, 1.01)])
async def test_intervals_are_spread_so_that_a_chains_stores_do_not_march(
    monkeypatch: pytest.MonkeyPatch, draw: float, least: float, most: float
) -> None:
    rests: list[float] = []
    real_sleep = asyncio.sleep

    async def sleep(seconds: float) -> None:
        rests.append(seconds)
        await real_sleep(0)

    runs = Runs(until=3)
    monkeypatch.setattr("agent.base.periodic.asyncio.sleep", sleep)
    periodic = Periodic(runs.run, name="feed poll", every_s=1.0, draw=lambda: draw)
    periodic.start()
    await runs.enough.wait()
    await periodic.stop()
    assert rests
    assert all(least <= rest <= most for rest in rests)
