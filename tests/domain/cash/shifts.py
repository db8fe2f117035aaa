"""A shift to count and to close."""

from agent.base.clock import Millis
from agent.domain.cash.tally import ShiftFacts

SHIFT = ShiftFacts(
    store="MB001",
    till="T1",
    shift_id="s",
    z_no=1,
    opened_at=Millis(1),
    opened_by="C1",
    from_seq=1,
    float_fen=50_000,
)
