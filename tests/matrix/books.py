"""What tills were told, what head office holds, and what the screen says: a row of the matrix."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from msgspec import Struct

from agent.services.house.status import StatusReport

PROPERTY = "matrix"
"""Under this name a test records its row."""


class Row(Struct, frozen=True, kw_only=True):
    """What came of one fault."""

    before: int
    """Sales that tills were told."""
    at_hq: int
    """Different sales that head office holds in the end."""
    lost: int
    """Told, and not at head office."""
    named: int
    """Of those lost, sales on a PC whose screen says in the end that something may be missing."""
    doubled: int
    """Sales that head office holds more than once."""
    screen: str
    """What the till's screen said, once HQ had been heard."""


def row(told: Collection[str], held: Sequence[str], status: StatusReport) -> Row:
    """Compare the sales that tills were `told` with those that head office `held`."""
    counted = Counter(held)
    lost = len(set(told) - counted.keys())
    return Row(
        before=len(told),
        at_hq=len(counted),
        lost=lost,
        named=lost if status.set_back.reason else 0,
        doubled=sum(n - 1 for n in counted.values()),
        screen=screen_of(status),
    )


def screen_of(status: StatusReport) -> str:
    """What the till page shows: how it stands with head office, and whether data was set back."""
    title, back = status.exchange.title, status.set_back.sentence
    shown = f"{title.zh_cn} ({title.en})"
    return f"{shown}; {re.split('[:：]', back.zh_cn)[0]}" if back else shown


def record(record_property: Any, found: Row) -> None:
    """Record the row of the test that runs."""
    record_property(PROPERTY, found)
