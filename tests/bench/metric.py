"""A figure, its floor and their ratio: how samples become a metric, and how metrics are shown."""

import math
from collections.abc import Callable, Sequence
from statistics import median
from typing import Self, TypeVar

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.bench.goals import GOALS

Floor = TypeVar("Floor")
Product = TypeVar("Product")


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One figure: the median over the repetitions with its range, and the median of its floor."""

    name: str
    value: float
    min: float
    max: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    """value / floor; None where there is no floor."""

    @classmethod
    def of(
        cls, name: str, unit: str, samples: Sequence[float], floors: Sequence[float] = ()
    ) -> Self:
        """The metric of one sample a repetition; `floors` are the floor's in the same unit."""
        value = median(samples)
        floor = median(floors) if floors else None
        return cls(
            name=name,
            value=_rounded(value),
            min=_rounded(min(samples)),
            max=_rounded(max(samples)),
            unit=unit,
            floor=None if floor is None else _rounded(floor),
            ratio=None if floor is None else _rounded(value / floor),
        )


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints."""

    machine: dict[str, str | int | float]
    metrics: list[Metric]
    not_taken: dict[str, str] = {}
    """Groups whose figures are missing, and why."""


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile: the smallest value that `percent` of all do not exceed."""
    rank = math.ceil(percent / 100 * len(values))
    return sorted(values)[max(rank, 1) - 1]


def interleave(
    repetitions: int, floor: Callable[[], Floor], product: Callable[[], Product]
) -> tuple[list[Floor], list[Product]]:
    """Run floor and product in turns, so that a noisy spell of the machine hits both."""
    floors: list[Floor] = []
    products: list[Product] = []
    for _ in range(repetitions):
        floors.append(floor())
        products.append(product())
    return floors, products


def print_report(report: Report, console: Console) -> None:
    """Show the machine and the metrics, each beside its goal and whether it is met."""
    machine = Table("machine", "", show_header=False, box=None)
    for name, fact in report.machine.items():
        machine.add_row(name, str(fact))
    console.print(machine)
    console.print(_metrics_table(report.metrics))
    for name, why in report.not_taken.items():
        console.print(f"[red]{name}[/]: not taken: {escape(why)}")


def _metrics_table(metrics: Sequence[Metric]) -> Table:
    table = Table(title="median (min – max), beside this machine's floor")
    table.add_column("metric", no_wrap=True)
    for heading in ("value", "min", "max"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("unit")
    for heading in ("floor", "ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("goal")
    table.add_column("met", justify="center")
    for metric in metrics:
        table.add_row(*_cells(metric))
    return table


def _cells(metric: Metric) -> tuple[str, ...]:
    goal = GOALS.get(metric.name)
    figures = (metric.value, metric.min, metric.max)
    beside = (metric.floor, metric.ratio)
    met = "" if goal is None else _mark(goal.is_met(metric.value, metric.floor))
    return (
        metric.name,
        *(f"{figure:,g}" for figure in figures),
        metric.unit,
        *("" if figure is None else f"{figure:,g}" for figure in beside),
        "" if goal is None else str(goal),
        met,
    )


def _mark(met: bool) -> str:
    return "[green]✓[/]" if met else "[red]✗[/]"


def _rounded(figure: float) -> float:
    """Four significant digits: more would claim a precision that no repetition has."""
    return float(f"{figure:.4g}")
