"""Whether the line to head office is up, with hysteresis, so that one lost call changes nothing."""

from collections import deque
from dataclasses import dataclass

from agent.base.clock import Millis

WINDOW_CALLS = 5
"""So many last calls are looked at."""
FAILURES_TO_OFFLINE = 2
"""With so many failures in the window the line is down."""
CLEAN_RUN = 2
"""So many successes in a row, or all calls there were, and the line is up again."""


@dataclass(frozen=True, kw_only=True)
class LinkStatus:
    """The line as it is shown."""

    online: bool
    since: Millis | None
    """When it became so; None before the first call."""
    last_contact: Millis | None
    """When HQ last answered, by this machine's clock; None when it hasn't in this run."""


class LinkState:
    """The line's state from the outcome of each call; offline before the first.

    A clean run empties the window: the failures before it don't count twice.
    """

    def __init__(self) -> None:
        self._window: deque[bool] = deque(maxlen=WINDOW_CALLS)
        self._status = LinkStatus(online=False, since=None, last_contact=None)

    @property
    def online(self) -> bool:
        """Whether a call to HQ is worth a cashier's waiting."""
        return self._status.online

    @property
    def status(self) -> LinkStatus:
        """The state, since when, and the last contact."""
        return self._status

    def record(self, *, answered: bool, at: Millis) -> None:
        """Take in one call: whether HQ itself answered it, were it with a refusal."""
        self._window.append(answered)
        online = self._judge()
        turned = online != self.online or self._status.since is None
        self._status = LinkStatus(
            online=online,
            since=at if turned else self._status.since,
            last_contact=at if answered else self._status.last_contact,
        )

    def _judge(self) -> bool:
        if self.online:
            return self._window.count(False) < FAILURES_TO_OFFLINE
        if not all(list(self._window)[-CLEAN_RUN:]):
            return False
        self._window.clear()
        return True
