"""A user who has no key of the agent's is told what can't be looked at, and nothing wrong."""

from pathlib import Path

import pytest

from agent.ops.doctor.check import Check
from agent.ops.doctor.checks.devices import DEVICES
from agent.ops.doctor.checks.port import PORT
from agent.ops.doctor.checks.recording import RECORDING
from agent.ops.doctor.checks.service import SERVICE_CHECK
from agent.ops.doctor.checks.sync import SYNC
from agent.ops.doctor.ground import Agent, Ground, Status
from agent.ops.local_api import NoAgentError
from tests.ops.doctor.place import findings_of, settings_of


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (SERVICE_CHECK, "agent_runs"),
        (RECORDING, "recording_works"),
        (PORT, "port_ours"),
        (SYNC, "needs_root"),
        (DEVICES, "needs_root"),
    ],
)
def test_an_agent_that_runs_is_not_called_stopped(tmp_path: Path, check: Check, code: str) -> None:
    def status() -> Status:
        raise NoAgentError("this PC's own key can't be read")

    ground = Ground(
        settings=settings_of(tmp_path),
        agent=Agent(status, health=lambda: {"healthy": True}),
        run=tmp_path,
    )
    assert [*findings_of(check, ground)] == [code]
