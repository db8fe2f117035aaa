"""What must hold between a store and head office at every moment."""

from tests.sync.memory import MemoryOutbox
from tests.sync.toy_hq import ToyHq


def assert_honest(outbox: MemoryOutbox, hq: ToyHq) -> None:
    """Nothing is acknowledged that HQ does not hold just so; HQ holds only what the store has."""
    assert hq.lines == outbox.lines[: len(hq.lines)]
    for point in outbox.acknowledged:
        assert point.seq < len(hq.points), f"{point.seq} acknowledged, HQ has {len(hq.lines)}"
        assert point == hq.points[point.seq], f"another hash acknowledged at {point.seq}"
