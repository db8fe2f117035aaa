"""A store PC to look at, and what one check says of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from agent.domain.finding import Finding, Result
from agent.ops.doctor.check import Check, run_all
from agent.ops.doctor.ground import Agent, Ground, Health, Status
from agent.ops.local_api import NotRunningError
from agent.settings import Settings

STORE = "MB001"


def settings_of(state_dir: Path, **sections: Mapping[str, Any]) -> Settings:
    """Return settings with these sections."""
    told = {"store": {"code": STORE}, "paths": {"state_dir": str(state_dir)}, **sections}
    return msgspec.convert(told, Settings)


def ground_of(settings: Settings, *, status: Status | None = None) -> Ground:
    """Return the ground of a PC whose agent has this status; None: it does not run."""

    def ask() -> Status:
        if status is None:
            raise NotRunningError("no agent runs")
        return status

    def health() -> Health:
        ask()
        return {"healthy": True}

    return Ground(settings=settings, agent=Agent(ask, health))


def findings_of(check: Check, ground: Ground) -> dict[str, Finding]:
    """Return what the check finds, by code."""
    return {one.code: one for found in run_all([check], ground) for one in found}


def results_of(check: Check, ground: Ground) -> dict[str, Result]:
    """Return the results by code."""
    return {code: one.result for code, one in findings_of(check, ground).items()}
