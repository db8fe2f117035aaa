"""What the writer did, for monitoring: commits and their time, writes that failed and why."""

from agent.base.tally import Spread, Tally
from agent.store.errors import (
    CommitUnknownError,
    StorageBusyError,
    StorageDamagedError,
    StorageFullError,
    StoreError,
)

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Bounds of the commits' histogram: a sound SSD takes below 0.01, a sound disk below 0.1."""

_REASONS: tuple[tuple[type[StoreError], str], ...] = (
    (StorageFullError, "full"),
    (StorageDamagedError, "damaged"),
    (StorageBusyError, "busy"),
    (CommitUnknownError, "unknown"),
)
FAILED = "failed"


class WriteFigures:
    """Figures since the start; the writer's thread adds, any may read."""

    def __init__(self) -> None:
        self.seconds = Spread(SECONDS)
        self.failures = Tally("reason")
        for reason in (*(reason for _, reason in _REASONS), FAILED):
            self.failures.add(reason, by=0)  # told as 0 from the start, so that a rise is seen

    def committed(self, seconds: float, errors: list[Exception | None]) -> None:
        """Take in one group of writes: how long it took, and each one's error."""
        self.seconds.observe(seconds)
        for error in errors:
            if isinstance(error, StoreError):
                self.failed(error)

    def failed(self, error: StoreError) -> None:
        """Take in a write that was not recorded, for a reason that is no caller's."""
        self.failures.add(
            next((name for kind, name in _REASONS if isinstance(error, kind)), FAILED)
        )
