"""A case: two redemptions of one coupon, and whose was the right one.

Order of judgement: binding > claim > credible time > arrival. (A lease will come before binding.)
"""

from enum import StrEnum

from msgspec import Struct

from agent.base.clock import DAY_MS, HOUR_MS, MINUTE_MS, Millis

CREDIBLE_LAG_MS = 1 * HOUR_MS
"""A store whose clock ran ahead of its arrival at HQ by more is not believed on time. Nor is one
that says a time from before what it had said, or another store's redemption as its own."""

CLAIM_CLOCKS_MS = 5 * MINUTE_MS
"""As far as a store's time may be from HQ's, by which its claims are counted."""

RECOVERED_MS = 31 * DAY_MS
"""So long after a disk was damaged or replaced what is brought in from it is believed on time."""


class Ground(StrEnum):
    """What a case was judged by."""

    BINDING = "binding"
    """The coupon named one of the two stores."""
    CLAIM = "claim"
    """HQ had given the coupon to one of the two stores, which asked before it took it."""
    TIME = "time"
    """Both times are credible; the earlier was first."""
    ARRIVAL = "arrival"
    """A time is not credible; HQ heard of this one first."""


class Use(Struct, frozen=True, kw_only=True):
    """One redemption of the coupon in question."""

    store: str
    redemption_id: str
    bound: bool
    occurred_at: Millis
    received_at: Millis
    """When HQ heard of it."""
    after_at: Millis = Millis(0)
    """When its store was, by what it said itself, before that."""
    claimed: bool = False
    """HQ had given the coupon to its store for it."""
    recovered: bool = False
    """Its time lies where HQ had not heard of its store when a disk was damaged or replaced: it
    may have been brought in from there, behind what was recorded since."""
    copied: bool = False
    """Another store's use had its redemption id before."""

    @property
    def goes_back(self) -> bool:
        """Whether its time contradicts what its own store said before it."""
        return self.occurred_at < self.after_at and not self.recovered


class Verdict(Struct, frozen=True, kw_only=True):
    """Who had the right, who bears the loss, and by what."""

    winner: Use
    loser: Use
    """Its store is the loss owner."""
    ground: Ground


def judge(first: Use, second: Use) -> Verdict:
    """Return the verdict on two uses; `first` is the one that HQ heard of first. Pure."""
    if first.bound != second.bound:
        winner = first if first.bound else second
        return _verdict(winner, first, second, Ground.BINDING)
    if first.claimed != second.claimed:
        winner = first if first.claimed else second
        return _verdict(winner, first, second, Ground.CLAIM)
    if _credible(first) and _credible(second) and first.occurred_at != second.occurred_at:
        winner = first if first.occurred_at < second.occurred_at else second
        return _verdict(winner, first, second, Ground.TIME)
    return _verdict(first, first, second, Ground.ARRIVAL)


def _credible(use: Use) -> bool:
    ahead = use.occurred_at > use.received_at + CREDIBLE_LAG_MS
    return not (ahead or use.goes_back or use.copied)


def _verdict(winner: Use, first: Use, second: Use, ground: Ground) -> Verdict:
    loser = second if winner is first else first
    return Verdict(winner=winner, loser=loser, ground=ground)
