"""Every figure that has a goal is taken from real processes; here with numbers that say little."""

from collections.abc import Iterator

import pytest

from tests.bench.figures import (
    backing_up,
    draining,
    first_load,
    long_journal,
    many_stores,
    news,
    resting,
    signing,
    starting,
)
from tests.bench.goals import GOALS
from tests.bench.groups import GROUPS, When
from tests.bench.workshop import Workshop

SHARE = 0.02
SMALL_BACKLOG = 600
MAY_BE_NOTHING = {"crowd_errors", "crowd_rss_mb", "idle_cpu_percent", "idle_written_kb_per_h"}


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    disk = tmp_path_factory.mktemp("bench")
    with Workshop(disk=disk, repetitions=1, share=SHARE) as workshop:
        yield workshop
    assert not list(disk.iterdir())


@pytest.fixture(autouse=True)
def small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, number in (
        (draining, "BACKLOG", SMALL_BACKLOG),
        (draining, "LARGE_BACKLOG", SMALL_BACKLOG),
        (signing, "BACKLOG", SMALL_BACKLOG),
        (first_load, "MEMBERS", 600),
        (first_load, "ARTICLES", 300),
        (long_journal, "ROWS", SMALL_BACKLOG),
        (many_stores, "STORES", 200),
        (many_stores, "SENDING", 20),
        (resting, "SPAN_S", 3.0),
        (news, "PACE_S", 0.0),
        (starting, "REST_S", 0.0),
    ):
        monkeypatch.setattr(module, name, number)


def test_a_backup_and_what_a_till_feels_of_it_are_measured(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backing_up, "MEGABYTES", 3 / SHARE)
    monkeypatch.setattr(backing_up, "QUIET_S", 0.2)
    metrics = backing_up.measure(workshop)
    assert [metric.name for metric in metrics][:2] == ["backup_s", "restore_s"]
    assert all(metric.ratio is not None for metric in metrics)


def test_every_figure_with_a_goal_is_taken(workshop: Workshop) -> None:
    asked = [group for group in GROUPS if group.when is not When.ON_REQUEST]
    metrics = [metric for group in asked for metric in group.measure(workshop)]
    assert sorted(metric.name for metric in metrics if metric.name in GOALS) == sorted(GOALS)
    for metric in metrics:
        assert metric.min <= metric.value <= metric.max
        assert metric.min > 0 or metric.name in MAY_BE_NOTHING
