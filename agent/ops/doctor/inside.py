"""The doctor inside the running agent, which sees what its sandbox lets it see."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

import msgspec

from agent.base.clock import Clock
from agent.domain.finding import Finding
from agent.services.house.checkup import Checkup
from agent.services.house.status import StatusSource
from agent.settings import Settings

_T = TypeVar("_T")


def checkup_inside(settings: Settings, status: StatusSource, *, clock: Clock) -> Checkup:
    """Return the checkup of the agent whose status this is; its loop is the running one."""
    loop = asyncio.get_running_loop()

    def ask() -> dict[str, Any]:
        from agent.ops.local_api import TIMEOUT_S, NoAgentError

        try:
            report = run_on(loop, status.report).result(TIMEOUT_S)
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


def run_on(
    loop: asyncio.AbstractEventLoop, work: Callable[[], Coroutine[Any, Any, _T]]
) -> Future[_T]:
    """Begin `work` on another thread's loop.

    `asyncio.run_coroutine_threadsafe` is handed a coroutine that exists already: when the
    loop ends before its turn comes, it stays behind, and Python warns of it.

    Raises RuntimeError: the loop is closed.
    """
    answer: Future[_T] = Future()

    def hand_over(task: asyncio.Task[_T]) -> None:
        if task.cancelled():
            answer.cancel()
        elif error := task.exception():
            answer.set_exception(error)
        else:
            answer.set_result(task.result())

    loop.call_soon_threadsafe(lambda: loop.create_task(work()).add_done_callback(hand_over))
    return answer


def _health(recording: dict[str, Any]) -> dict[str, Any]:
    """What `GET /healthz` says."""
    if recording["possible"]:
        return {"healthy": True}
    return {"reason": recording["reason"], "detail": recording["detail"]}
