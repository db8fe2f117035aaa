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


Health = dict[str, Any]
"""The answer to `GET /healthz`, which needs no key: `healthy`, or a problem with its `reason`."""
Answer = dict[str, Any] | NoAgentError | RefusedError


class Agent:
    """The running agent, asked once for all checks."""

    def __init__(self, status: Callable[[], Status], health: Callable[[], Health]) -> None:
        self._asked: dict[str, Answer] = {}
        self._ask = {"status": status, "health": health}
        self._lock = Lock()

    def status(self) -> Status:
        """Return how it stands; raise NotRunningError, NoAgentError or RefusedError."""
        return self._told("status")

    def health(self) -> Health | None:
        """Return what everybody may hear of it; None if it does not answer."""
        try:
            return self._told("health")
        except NoAgentError:
            return None

    def status_or_none(self) -> Status | None:
        """Return how it stands; None if it can't be asked, or this user has no key to ask with."""
        try:
            return self.status()
        except (NoAgentError, RefusedError):
            return None

    def answers(self) -> bool:
        """Whether an agent runs and answers."""
        return self.status_or_none() is not None or self.health() is not None

    def is_stopped(self) -> bool:
        """Whether no agent runs; false while one may."""
        try:
            self.status()
        except NotRunningError:
            return self.health() is None
        except (NoAgentError, RefusedError):
            return False
        return False

    def _told(self, what: str) -> dict[str, Any]:
        with self._lock:
            if what not in self._asked:
                self._asked[what] = self._answer(what)
            answer = self._asked[what]
        if isinstance(answer, dict):
            return answer
        raise answer

    def _answer(self, what: str) -> Answer:
        try:
            return self._ask[what]()
        except (NoAgentError, RefusedError) as error:
            return error


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
