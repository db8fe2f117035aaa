"""The groups of figures that the bench can take, in the order in which it takes them."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench import floors
from tests.bench.metric import Metric
from tests.bench.workshop import Workshop


@dataclass(frozen=True, kw_only=True)
class Group:
    """Figures that are taken together."""

    name: str
    about: str
    """What it measures, for --help."""
    measure: Callable[[Workshop], list[Metric]]


GROUPS = (
    Group(
        name="floors",
        about="the floors alone: this machine's durable writes without the business",
        measure=floors.measure,
    ),
)
