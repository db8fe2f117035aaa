"""How often a link may be used; counted in this process alone."""

from collections import defaultdict, deque

from agent.base.clock import HOUR_MS, MINUTE_MS, Clock

VIEWS_PER_MINUTE = 30
"""Of one member's page."""
BINDINGS_PER_HOUR = 30
"""Of one member: each holds a coupon for a store."""
UNKNOWN_PER_MINUTE = 600
"""Links that are none, of everybody together: nobody guesses 128 bits, but each costs work."""
MAX_REMEMBERED = 50_000
"""Members whose last requests are remembered; with more all begin anew."""


class Rates:
    """Says whether one more is too many."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._views = _Window(VIEWS_PER_MINUTE, MINUTE_MS)
        self._bindings = _Window(BINDINGS_PER_HOUR, HOUR_MS)
        self._unknown = _Window(UNKNOWN_PER_MINUTE, MINUTE_MS)

    def view(self, member_id: str) -> bool:
        """Whether the member may look once more."""
        return self._views.take(member_id, self._clock.monotonic_ms())

    def binding(self, member_id: str) -> bool:
        """Whether the member may bind once more."""
        return self._bindings.take(member_id, self._clock.monotonic_ms())

    def unknown(self) -> bool:
        """Whether one more link that is none is answered."""
        return self._unknown.take("", self._clock.monotonic_ms())


class _Window:
    """At most `most` in any `span_ms`."""

    def __init__(self, most: int, span_ms: int) -> None:
        self._most = most
        self._span_ms = span_ms
        self._taken: dict[str, deque[int]] = defaultdict(deque)

    def take(self, who: str, now: int) -> bool:
        if len(self._taken) > MAX_REMEMBERED:
            self._taken.clear()
        taken = self._taken[who]
        while taken and taken[0] <= now - self._span_ms:
            taken.popleft()
        if len(taken) >= self._most:
            return False
        taken.append(now)
        return True
