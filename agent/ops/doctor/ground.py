"""The ground that all checks stand on: the settings, the system's places, the running agent."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from agent.ops.local_api import NoAgentError, NotRunningError, RefusedError
from agent.settings import Settings
from agent.state_dir import DATABASE_FILE

SERVICE = "store-agent"
"""The unit, the user and the command."""
AS_AGENT = f"runuser -u {SERVICE} -- {SERVICE}"
"""A command of ours in root's shell that leaves no file of root's behind."""

Status = dict[str, Any]
"""The answer to `GET status`."""


class Agent:
    """The running agent, asked once for all checks."""

    def __init__(self, ask: Callable[[], Status]) -> None:
        self._ask = ask
        self._lock = Lock()
        self._answer: Status | NoAgentError | RefusedError | None = None

    def status(self) -> Status:
        """Return how it stands; raise NotRunningError, NoAgentError or RefusedError."""
        with self._lock:
            if self._answer is None:
                try:
                    self._answer = self._ask()
                except (NoAgentError, RefusedError) as error:
                    self._answer = error
        if isinstance(self._answer, dict):
            return self._answer
        raise self._answer

    def status_or_none(self) -> Status | None:
        """Return how it stands; None if it can't be asked."""
        try:
            return self.status()
        except (NoAgentError, RefusedError):
            return None

    def is_stopped(self) -> bool:
        """Whether no agent runs; false while one may."""
        try:
            self.status()
        except NotRunningError:
            return True
        except (NoAgentError, RefusedError):
            return False
        return False


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the checks look at."""

    settings: Settings
    agent: Agent
    proc: Path = Path("/proc")
    sys: Path = Path("/sys")
    dev: Path = Path("/dev")
    etc: Path = Path("/etc")
    run: Path = Path("/run")
    inside: bool = False
    """Whether the running agent looks at itself."""
    is_root: bool = field(default_factory=lambda: os.geteuid() == 0)

    @property
    def state_dir(self) -> Path:
        """Where the journal is."""
        return Path(self.settings.paths.state_dir)

    @property
    def database(self) -> Path:
        """The journal's file."""
        return self.state_dir / DATABASE_FILE
