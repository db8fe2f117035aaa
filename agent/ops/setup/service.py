"""The agent's service, as systemd has it."""

import shutil
import subprocess
from pathlib import Path

UNIT = "store-agent.service"
START_WAIT_S = 150.0
"""Longer than the unit's own TimeoutStartSec."""

_BOOTED = Path("/run/systemd/system")
"""There while systemd runs this machine: sd_booted(3)."""


class ServiceError(Exception):
    """It could not be started; the message says where to look."""


def is_managed() -> bool:
    """Whether systemd runs this machine, and knows the agent's unit."""
    if not (_BOOTED.is_dir() and shutil.which("systemctl")):
        return False
    return _systemctl("cat", UNIT).returncode == 0


def start() -> None:
    """Start it now and at each boot, anew if it runs; return when it serves. ServiceError."""
    for verb in ("enable", "restart"):
        done = _systemctl(verb, UNIT)
        if done.returncode:
            raise ServiceError(f"systemctl {verb} {UNIT}: {done.stderr.strip()}")


def _systemctl(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - fixed words
        [shutil.which("systemctl") or "systemctl", *words],
        capture_output=True,
        text=True,
        timeout=START_WAIT_S,
        check=False,
    )
