"""The trial of a new release: when waiting longer for it brings nothing."""

import runpy
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

_PROGRAM = Path(__file__).parents[2] / "systemd/packaging/trial.py"

hopeless: Callable[[Mapping[str, str], int], str] = runpy.run_path(str(_PROGRAM))["hopeless"]


@pytest.mark.parametrize(
    ("active", "restarts", "when_healthy", "hopeless_for"),
    [
        ("activating", 2, 0, ""),
        ("activating", 3, 0, "it ended 3 times: exit-code, status 1"),
        ("active", 3, 0, "it ended 3 times: exit-code, status 1"),
        ("active", 5, 3, ""),
        ("failed", 0, 0, "systemd has given it up: exit-code, status 1"),
        ("inactive", 0, 0, ""),
    ],
)
def test_a_release_that_can_not_work_is_not_waited_for(
    active: str, restarts: int, when_healthy: int, hopeless_for: str
) -> None:
    state = {"ActiveState": active, "NRestarts": str(restarts)}
    state |= {"Result": "exit-code", "ExecMainStatus": "1"}
    assert hopeless(state, when_healthy) == hopeless_for


def test_systemd_that_does_not_answer_is_no_verdict() -> None:
    assert hopeless({}, 0) == ""
