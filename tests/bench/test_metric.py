"""Samples become the right metric, goal and report."""

import io

import msgspec
import pytest
from rich.console import Console

from tests.bench.goals import GOALS, Goal
from tests.bench.metric import Metric, Report, interleave, percentile, print_report


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 15), (5, 15), (30, 20), (40, 20), (50, 35), (99, 50), (100, 50)]
)
def test_percentile_is_the_nearest_rank(percent: float, expected: float) -> None:
    assert percentile([50, 35, 15, 40, 20], percent) == expected


def test_p99_of_a_hundred_leaves_out_the_worst_one() -> None:
    assert percentile(list(range(1, 101)), 99) == 99


def test_metric_is_the_median_with_its_range_beside_the_floors_median() -> None:
    metric = Metric.of("redeem_p50_ms", "ms", [3.0, 9.0, 2.0], [1.0, 4.0, 2.0])
    assert (metric.value, metric.min, metric.max) == (3.0, 2.0, 9.0)
    assert (metric.floor, metric.ratio) == (2.0, 1.5)


def test_metric_without_a_floor_has_no_ratio() -> None:
    metric = Metric.of("first_scan_s", "s", [0.5])
    assert (metric.floor, metric.ratio) == (None, None)


def test_floor_and_product_take_turns() -> None:
    turns: list[str] = []

    def turn(name: str) -> int:
        turns.append(name)
        return len(turns)

    floors, products = interleave(3, lambda: turn("floor"), lambda: turn("product"))
    assert turns == ["floor", "product"] * 3
    assert (floors, products) == ([1, 3, 5], [2, 4, 6])


@pytest.mark.parametrize(
    ("goal", "value", "floor", "met"),
    [
        (Goal(ratio_at_most=2.5), 2.5, 1.0, True),
        (Goal(ratio_at_most=2.5), 2.6, 1.0, False),
        (Goal(ratio_at_least=0.4, at_least=8000), 9000, 20000, True),
        (Goal(ratio_at_least=0.4, at_least=8000), 7000, 10000, False),
        (Goal(ratio_at_least=0.4, at_least=8000), 9000, 30000, False),
        (Goal(above_floor_at_most=30), 95, 65, True),
        (Goal(above_floor_at_most=30), 96, 65, False),
        (Goal(at_most=0.8), 0.81, None, False),
        (Goal(ratio_at_most=3), 1.0, None, False),
    ],
)
def test_a_goal_is_met_when_all_its_bounds_hold(
    goal: Goal, value: float, floor: float | None, met: bool
) -> None:
    assert goal.is_met(value, floor) is met


def test_json_report_has_exactly_the_promised_fields() -> None:
    report = Report(machine={"cores": 2}, metrics=[Metric.of("first_scan_s", "s", [0.5])])
    assert msgspec.json.decode(msgspec.json.encode(report)) == {
        "machine": {"cores": 2},
        "metrics": [
            {
                "name": "first_scan_s",
                "value": 0.5,
                "min": 0.5,
                "max": 0.5,
                "unit": "s",
                "floor": None,
                "ratio": None,
            }
        ],
        "not_taken": {},
    }


def test_table_shows_goal_and_whether_it_is_met() -> None:
    metrics = [
        Metric.of("redeem_p50_ms", "ms", [2.0], [1.0]),
        Metric.of("first_scan_s", "s", [0.9]),
    ]
    screen = io.StringIO()
    print_report(Report(machine={}, metrics=metrics), Console(file=screen, width=160))
    redeem, first_scan = (
        next(line for line in screen.getvalue().splitlines() if metric.name in line)
        for metric in metrics
    )
    assert str(GOALS["redeem_p50_ms"]) in redeem
    assert "✓" in redeem
    assert "✗" in first_scan
