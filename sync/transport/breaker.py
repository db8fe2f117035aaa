"""The circuit breaker of one way to head office: pure, on whatever clock it is told.

closed: used, or ready to be. A call that fails for certain opens it, or two of the last five that
fail, or a probe. open: not used; probes ask, with back-off. half open: probes are answered, and it
is closed once there were enough of them for long enough. One that fails opens it again.
"""

from collections import deque
from collections.abc import Callable
from enum import StrEnum

from agent.base.backoff import delay_ms
from agent.base.clock import MINUTE_MS, SECOND_MS
from sync.errors import HqError
from sync.transport.link import FAILURES_TO_OFFLINE, WINDOW_CALLS

PROOFS = 3
"""So many probes in a row have to be answered, spread over the time that a return takes."""
MIN_WAIT_MS = SECOND_MS
"""Between probes of a way that fails, at least; `agent.base.backoff` has the most."""
LOOK_MS = 10 * MINUTE_MS
"""Between probes of a way that is ready and not used, at most."""
FIRST_LOOK_MS = MINUTE_MS
"""Until the first of them, at most."""
CERTAIN = frozenset({"not_reached", "tls_failed", "not_hq", "answer_not_signed"})
"""Failures after which nobody needs to ask again: no connection, or somebody else's answer."""


class State(StrEnum):
    """What the breaker lets through."""

    CLOSED = "closed"
    """Every call."""
    OPEN = "open"
    """Probes alone; the last one failed."""
    HALF_OPEN = "half_open"
    """Probes alone; the last one was answered."""


class Breaker:
    """Takes in what became of calls and probes; times are milliseconds of one monotonic clock."""

    def __init__(self, *, return_ms: int, now: int, draw: Callable[[], float]) -> None:
        """`return_ms`: so long probes are answered before the way is used again."""
        self.state = State.CLOSED
        self.error: HqError | None = None
        """Why it is not closed."""
        self.suspected = False
        """Whether it is to be probed although it is used."""
        self.due_at = now + int(FIRST_LOOK_MS * draw())
        """When it is to be probed."""
        self._return_ms = return_ms
        self._draw = draw
        self._calls: deque[bool] = deque(maxlen=WINDOW_CALLS)
        self._failed_probes = 0
        self._proofs = 0
        self._proven_from = 0

    @property
    def is_closed(self) -> bool:
        """Whether calls may go this way."""
        return self.state is State.CLOSED

    def answered(self) -> None:
        """Take in a call that head office answered."""
        self._calls.append(True)

    def failed(self, error: HqError, now: int) -> None:
        """Take in a call that failed; what is not closed is judged by probes alone."""
        if not self.is_closed:
            return
        self._calls.append(False)
        if error.code in CERTAIN or self._calls.count(False) >= FAILURES_TO_OFFLINE:
            self._open(error, now)
        else:
            self.suspect(now)

    def suspect(self, now: int) -> None:
        """Have it probed at once."""
        if self.is_closed and not self.suspected:
            self.suspected, self.due_at = True, now

    def probed(self, error: HqError | None, now: int) -> None:
        """Take in a probe; None: head office answered it."""
        self.suspected = False
        if error is not None:
            self._open(error, now)
        elif self.is_closed:
            self._look_later(now)
        else:
            self._prove(now)

    def close(self, now: int) -> None:
        """Let every call go this way."""
        self.state, self.error, self.suspected = State.CLOSED, None, False
        self._failed_probes = self._proofs = 0
        self._calls.clear()
        self._look_later(now)

    def _prove(self, now: int) -> None:
        if self._proofs == 0:
            self._proven_from = now
        self._proofs += 1
        self.state = State.HALF_OPEN
        if self._proofs >= PROOFS and now - self._proven_from >= self._return_ms:
            self.close(now)
        else:
            self.due_at = now + -(-self._return_ms // (PROOFS - 1))

    def _open(self, error: HqError, now: int) -> None:
        self.state, self.error, self.suspected = State.OPEN, error, False
        self._proofs = 0
        self._failed_probes += 1
        self._calls.clear()
        wait = delay_ms(self._failed_probes, draw=self._draw())
        self.due_at = now + max(wait, MIN_WAIT_MS)

    def _look_later(self, now: int) -> None:
        self.due_at = now + int(LOOK_MS * (1 + self._draw()) / 2)
