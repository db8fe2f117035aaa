"""The ways to head office, in order of preference: each of its addresses over each interface.

Calls go the first way whose breaker is closed. A better one is used again when it has proven
itself; while no way works, calls try all of them, and the first that is answered is used at once.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from agent.base.clock import Clock
from agent.base.logging import get_logger
from sync.errors import HqError, NotEnrolledError, ThrottledError, TransportFailedError
from sync.transport.breaker import Breaker, State
from sync.waiting import Draw

NOT_HQS_WORD = (TransportFailedError, ThrottledError, NotEnrolledError)
"""Failures that do not show that head office was reached."""

log = get_logger(__name__)


class Way(NamedTuple):
    """One way to reach head office."""

    rank: int
    """0 is preferred."""
    url: str
    interface: str
    """Of this PC, such as eth0; empty: as the system's routes have it."""

    @property
    def name(self) -> str:
        """For people and logs."""
        return f"{self.url} ({self.interface})" if self.interface else self.url


class WayState(StrEnum):
    """How a way stands."""

    IN_USE = "in_use"
    """Calls go this way."""
    READY = "ready"
    """It would be used if those before it failed."""
    FAILING = "failing"
    """Head office is not reached this way; it is asked again by itself."""
    ON_TRIAL = "on_trial"
    """It is answered again, and used when it stays so."""


@dataclass(frozen=True, kw_only=True)
class WayStatus:
    """A way as it is shown."""

    way: Way
    state: WayState
    last_error: str
    """Stable code of why it is not used; empty when it could be."""
    detail: str
    """What failed, in words."""


def ways_of(urls: Sequence[str], interfaces: Sequence[str]) -> tuple[Way, ...]:
    """Return all addresses over the first interface, then over the next; no interface: the
    system's choice."""
    pairs = [(url.rstrip("/"), one) for one in interfaces or ("",) for url in urls]
    return tuple(Way(rank, url, one) for rank, (url, one) in enumerate(pairs))


class Ways:
    """Which way calls go, and which is to be probed."""

    def __init__(
        self,
        ways: Sequence[Way],
        *,
        return_ms: int,
        clock: Clock,
        draw: Draw = random.random,
    ) -> None:
        self.all = tuple(ways)
        self._clock = clock
        now = clock.monotonic_ms()
        self._breakers = [Breaker(return_ms=return_ms, now=now, draw=draw) for _ in self.all]
        self._probing: Way | None = None
        self._in_use = self._first_closed()
        self._watchers: list[Callable[[], None]] = []

    @property
    def in_use(self) -> Way | None:
        """The way that calls go; None while none works."""
        return self._in_use

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` after whatever may change which way is used, or when one is due."""
        self._watchers.append(watcher)

    def usable(self) -> tuple[Way, ...]:
        """The ways that a call may try, best first."""
        return tuple(one for one in self.all if self._of(one).is_closed) or self.all

    def answered(self, way: Way) -> None:
        """Take in a call that head office answered this way."""
        breaker = self._of(way)
        if self._in_use is None and not breaker.is_closed:
            breaker.close(self._now())
            self._settle()
        else:
            breaker.answered()

    def failed(self, way: Way, error: HqError) -> None:
        """Take in how a call ended this way; a refusal by head office is an answer."""
        if not isinstance(error, NOT_HQS_WORD):
            self.answered(way)
        elif isinstance(error, TransportFailedError):
            breaker = self._of(way)
            was_closed = breaker.is_closed
            breaker.failed(error, self._now())
            self._judged(way, was_closed=was_closed)

    def suspect(self, way: Way) -> None:
        """Have the way probed at once: an answer is late."""
        self._of(way).suspect(self._now())
        self._settle()

    def next_probe_in_ms(self) -> int | None:
        """Until a way is to be probed; None: none is, or a probe is under way."""
        due = self._next_due()
        return None if due is None else max(0, self._of(due).due_at - self._now())

    def begin_probe(self) -> Way | None:
        """Return the way to be probed now, if there is any; no other is until `probed`."""
        due = self._next_due()
        if due is None or self._of(due).due_at > self._now():
            return None
        self._probing = due
        return due

    def probed(self, way: Way, error: HqError | None) -> None:
        """Take in the probe; None: head office answered it."""
        self._probing = None
        breaker = self._of(way)
        was_closed = breaker.is_closed
        breaker.probed(error, self._now())
        self._judged(way, was_closed=was_closed)

    def status(self) -> tuple[WayStatus, ...]:
        """All ways as they are shown."""
        return tuple(self._status(way) for way in self.all)

    def _status(self, way: Way) -> WayStatus:
        breaker = self._of(way)
        ready = WayState.IN_USE if way == self._in_use else WayState.READY
        states = {State.CLOSED: ready, State.HALF_OPEN: WayState.ON_TRIAL}
        return WayStatus(
            way=way,
            state=states.get(breaker.state, WayState.FAILING),
            last_error=breaker.error.code if breaker.error else "",
            detail=breaker.error.detail if breaker.error else "",
        )

    def _next_due(self) -> Way | None:
        """Of several that are due the best one."""
        if self._probing is not None:
            return None
        now = self._now()
        waiting = [one for one in self.all if one != self._in_use or self._of(one).suspected]
        return min(waiting, key=lambda one: (max(now, self._of(one).due_at), one), default=None)

    def _judged(self, way: Way, *, was_closed: bool) -> None:
        breaker, before = self._of(way), self._in_use
        if was_closed and breaker.error and len(self.all) > 1:
            code, detail = breaker.error.code, breaker.error.detail
            log.warning("way_given_up", way=way.name, code=code, detail=detail)
        self._settle()
        if not was_closed and breaker.is_closed and self._in_use == before:
            log.info("way_ready_again", way=way.name)

    def _settle(self) -> None:
        """Use the first way that is closed; without any, one that was answered is closed."""
        answered = [one for one in self.all if self._of(one).state is State.HALF_OPEN]
        if self._first_closed() is None and answered:
            self._of(answered[0]).close(self._now())
        before, self._in_use = self._in_use, self._first_closed()
        if self._in_use not in (before, None) and len(self.all) > 1:
            log.info("way_in_use", way=self._in_use.name, before=before.name if before else "none")
        for watcher in self._watchers:
            watcher()

    def _first_closed(self) -> Way | None:
        return next((one for one in self.all if self._of(one).is_closed), None)

    def _of(self, way: Way) -> Breaker:
        return self._breakers[way.rank]

    def _now(self) -> int:
        return self._clock.monotonic_ms()
