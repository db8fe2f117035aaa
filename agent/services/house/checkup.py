"""A checkup of this PC, for a supervisor: it runs in the background, and is asked how far it is."""

import threading
from collections.abc import Callable, Iterable

from msgspec import Struct

from agent.base.clock import SECOND_MS, Clock, Millis
from agent.domain.finding import Finding

Look = Callable[[], tuple[int, Iterable[tuple[Finding, ...]]]]
"""How many checks there are, and each one's findings as it ends. It blocks, and ends within the
checks' time-outs."""


PAUSE_MS = 10 * SECOND_MS
"""So long after its end a checkup is told again instead of made anew: it costs a till's PC work."""


class CheckupReport(Struct, frozen=True, kw_only=True):
    """How far the checkup is, and what was found."""

    running: bool
    """Whether it has yet to end."""
    done: int
    """Checks that have ended."""
    of: int
    """Checks that there are; 0 while that is not known."""
    started_at: Millis | None
    """By this PC's clock; null: none was made since the agent's start."""
    findings: tuple[Finding, ...]
    """Of the checks that have ended; the same codes as those of `store-agent doctor`."""


class Checkup:
    """Runs one checkup at a time, in a thread that holds up neither tills nor the agent's end."""

    def __init__(self, look: Look, *, clock: Clock) -> None:
        self._look = look
        self._of = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._found: list[tuple[Finding, ...]] = []
        self._started_at: Millis | None = None
        self._running = False
        self._rests_until = clock.monotonic_ms()

    def start(self) -> CheckupReport:
        """Begin anew, or go on with the one that runs or has just ended; return how far it is."""
        with self._lock:
            if not self._running and self._clock.monotonic_ms() >= self._rests_until:
                self._running = True
                self._found = []
                self._started_at = self._clock.wall()
                threading.Thread(target=self._run, name="checkup", daemon=True).start()
        return self.report()

    def report(self) -> CheckupReport:
        """Return how far it is."""
        with self._lock:
            found = tuple(self._found)
            return CheckupReport(
                running=self._running,
                done=len(found),
                of=self._of,
                started_at=self._started_at,
                findings=tuple(finding for one in found for finding in one),
            )

    def _run(self) -> None:
        try:
            of, looked = self._look()
            with self._lock:
                self._of = of
            for found in looked:
                with self._lock:
                    self._found.append(found)
        finally:
            with self._lock:
                self._running = False
                self._rests_until = self._clock.monotonic_ms() + PAUSE_MS
