"""What is logged of a failure that goes on: one WARNING, then DEBUG, one INFO on recovery."""

from agent.base.logging import Logger
from sync.errors import HqError


class OutageLog:
    """The log of one activity's failures; another kind of failure in between is a WARNING too."""

    def __init__(self, logger: Logger, activity: str) -> None:
        self._logger = logger
        self._activity = activity
        self._warned: set[type[HqError]] = set()

    def failed(self, error: HqError, **facts: object) -> None:
        """Log one failure."""
        repeated = type(error) in self._warned
        log = self._logger.debug if repeated else self._logger.warning
        log(f"{self._activity}_failed", code=error.code, detail=error.detail, **facts)
        self._warned.add(type(error))

    def succeeded(self) -> None:
        """Log the recovery, if there was a failure before."""
        if self._warned:
            self._logger.info(f"{self._activity}_recovered")
            self._warned.clear()
