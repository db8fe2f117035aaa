"""The past of a store that its journal does not hold: places for the events that HQ tells back.

Another PC recorded them, or this one before its disk was set back. Their places lie below 0, in the
order in which they happened, so that each comparison with a place of the journal comes out right:
HQ holds them, its figures contain them, and no shift of this PC does.
"""

from typing import Annotated

from msgspec import Meta

_SEQ_BITS = 40
_LOWEST = -(2**62)

PastEpoch = Annotated[int, Meta(ge=1, lt=2**21)]
PastSeq = Annotated[int, Meta(ge=1, lt=2**_SEQ_BITS)]


def past_place(epoch: int, seq: int) -> int:
    """Return the place of the event that was `seq` in the journal of `epoch`; below 0."""
    return _LOWEST + (epoch << _SEQ_BITS) + seq


def seq_in_journal(place: int) -> int:
    """Return the seq that the event at `place` has, or had, in its journal."""
    return place if place >= 0 else (place - _LOWEST) & (2**_SEQ_BITS - 1)
