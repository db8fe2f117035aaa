"""A page of figures in Prometheus' text format 0.0.4, and with it those of the process itself.

https://prometheus.io/docs/instrumenting/exposition_formats/ and, for names and units,
https://prometheus.io/docs/practices/naming/.
"""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.registry import Collector

from agent.base.tally import Spread, Tally

__all__ = ["CONTENT_TYPE", "Exposition"]


class Exposition(Collector):
    """Families of one page; a figure that is not known (None) is left out, never told as 0."""

    def __init__(self, prefix: str) -> None:
        """`prefix` is the program's, such as `store_agent`."""
        self._prefix = prefix
        self._families: list[Metric] = []

    def gauge(self, name: str, about: str, value: float | None) -> None:
        """Tell a figure that goes up and down."""
        self.gauges(name, about, () if value is None else (({}, value),))

    def gauges(self, name: str, about: str, values: Iterable[tuple[dict[str, str], float]]) -> None:
        """Tell a figure apart by labels."""
        told = list(values)
        if told:
            labels = list(told[0][0])
            family = GaugeMetricFamily(self._full(name), about, labels=labels)
            for named, value in told:
                family.add_metric([named[label] for label in labels], value)
            self._families.append(family)

    def counter(self, name: str, about: str, value: float) -> None:
        """Tell a count that only grows; `name` goes without its `_total`."""
        self._families.append(CounterMetricFamily(self._full(name), about, value=value))

    def tally(self, name: str, about: str, tally: Tally) -> None:
        """Tell counts apart by labels; `name` goes without its `_total`."""
        family = CounterMetricFamily(self._full(name), about, labels=tally.labels)
        for named, count in tally.counts():
            family.add_metric(list(named.values()), count)
        self._families.append(family)

    def spread(self, name: str, about: str, spreads: dict[str, Spread], *, label: str) -> None:
        """Tell how values spread, apart by `label`."""
        family = HistogramMetricFamily(self._full(name), about, labels=[label])
        for value, spread in spreads.items():
            family.add_metric([value], spread.buckets(), spread.total)
        self._families.append(family)

    def info(self, name: str, about: str, facts: dict[str, str]) -> None:
        """Tell facts as labels of a figure that is always 1; `name` goes without its `_info`."""
        self._families.append(InfoMetricFamily(self._full(name), about, value=facts))

    def page(self) -> bytes:
        """Return the page, with the memory, time and files that this process uses."""
        registry = CollectorRegistry()
        registry.register(self)
        ProcessCollector(registry=registry)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """Collector's way to the families."""
        yield from self._families

    def _full(self, name: str) -> str:
        return f"{self._prefix}_{name}"
