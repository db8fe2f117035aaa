"""Figures of a process for its monitoring: counts by label, and how values spread."""

from bisect import bisect_left
from collections.abc import Iterator

MAX_SERIES = 200
"""Label sets that one count keeps apart; what comes later is counted under OTHER."""
OTHER = "other"


class Tally:
    """Counts that only grow, apart by the values of `labels`. One thread adds, any may read."""

    def __init__(self, *labels: str) -> None:
        self.labels = labels
        self._counts: dict[tuple[str, ...], int] = {}

    def add(self, *values: str, by: int = 1) -> None:
        """Count `by` more under `values`, one for each label."""
        if values not in self._counts and len(self._counts) >= MAX_SERIES:
            values = (OTHER,) * len(self.labels)
        self._counts[values] = self._counts.get(values, 0) + by

    def counts(self) -> Iterator[tuple[dict[str, str], int]]:
        """Each label set with its count."""
        for values, count in sorted(self._counts.copy().items()):
            yield dict(zip(self.labels, values, strict=True)), count


class Spread:
    """How values spread over `bounds`, as a Prometheus histogram has it."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.total = 0.0
        """The sum of all values."""

    def observe(self, value: float) -> None:
        """Take one value in."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, int]]:
        """Return each upper bound with how many values are not above it; the last is +Inf."""
        so_far, told = 0, []
        for bound, count in zip((*self._bounds, float("inf")), self._counts, strict=True):
            so_far += count
            told.append(("+Inf" if bound == float("inf") else repr(bound), so_far))
        return told
