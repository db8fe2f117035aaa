"""A clock that stands still until it is set."""

from agent.base.clock import Millis

NOON = Millis(1_767_240_000_000)
"""2026-01-01 12:00 in Shanghai."""


class StoppedClock:
    """Implements agent.base.clock.Clock."""

    def __init__(self, now: Millis = NOON) -> None:
        self.now = now
        self.elapsed_ms = 0

    def wall(self) -> Millis:
        return self.now

    def monotonic_ms(self) -> int:
        return self.elapsed_ms

    def advance(self, ms: int) -> None:
        """Let `ms` pass."""
        self.now = Millis(self.now + ms)
        self.elapsed_ms += ms
