"""The doctor inside the running agent, which sees what its sandbox lets it see."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import CancelledError
from typing import Any

import msgspec

from agent.base.clock import Clock
from agent.domain.finding import Finding
from agent.services.house.checkup import Checkup
from agent.services.house.status import StatusSource
from agent.settings import Settings


def checkup_inside(settings: Settings, status: StatusSource, *, clock: Clock) -> Checkup:
    """Return the checkup of the agent whose status this is; its loop is the running one."""
    loop = asyncio.get_running_loop()

    def ask() -> dict[str, Any]:
        from agent.ops.local_api import TIMEOUT_S, NoAgentError

        try:
            report = asyncio.run_coroutine_threadsafe(status.report(), loop).result(TIMEOUT_S)
        except (TimeoutError, CancelledError, RuntimeError) as error:
            raise NoAgentError("the agent does not answer itself") from error
        return dict(msgspec.to_builtins(report))

    def look() -> tuple[int, Iterable[tuple[Finding, ...]]]:
        # Loaded when somebody looks: the agent must be up fast and small.
        from agent.ops.doctor.check import run_all
        from agent.ops.doctor.ground import Agent, Ground
        from agent.ops.doctor.registry import checks_for

        checks = checks_for(settings)
        agent = Agent(ask, health=lambda: _health(ask()["recording"]))
        ground = Ground(settings=settings, agent=agent, inside=True)
        return len(checks), run_all(checks, ground)

    return Checkup(look, clock=clock)


def _health(recording: dict[str, Any]) -> dict[str, Any]:
    """What `GET /healthz` says."""
    if recording["possible"]:
        return {"healthy": True}
    return {"reason": recording["reason"], "detail": recording["detail"]}
