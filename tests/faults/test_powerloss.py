"""Promise 1 under power loss, on the agent's own write path: what the till was told is on disk.

A real run is recorded as system calls, the power is cut between any two of them, and the store
starts on what a disk may then hold.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.state_dir import DATABASE_FILE
from tests.faults.powerloss.driver import FACTS
from tests.faults.powerloss.examination import examine
from tests.faults.powerloss.recording import record
from tests.faults.powerloss.steps import Acknowledged, Step, SyncReturned, Truncated, Written
from tests.faults.powerloss.survey import Crash, survey
from tests.lab import in_memory

SEED = 1
LEAST_POINTS = 2_000
IMAGES = 2_100
"""As many as there are steps take three minutes."""
CONTROL_IMAGES = 200
LOG = f"{DATABASE_FILE}-wal"


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A store's work, and where the system calls are kept."""

    steps: Sequence[Step]
    file: Path


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """A run with the settings of the agent."""
    return _record(tmp_path_factory.mktemp("full"), "FULL")


@pytest.fixture
def room() -> Iterator[Path]:
    """Room for crash images."""
    with in_memory.room() as room:
        yield room


def test_the_recording_holds_shared_commits_recovery_and_checkpoints(recording: Recording) -> None:
    facts = {step.fact for step in recording.steps if isinstance(step, Acknowledged)}
    syncs = [s for s in recording.steps if isinstance(s, SyncReturned) and s.name == LOG]
    assert len(facts) == FACTS
    assert len(syncs) < FACTS  # commits are shared
    log = "".join(_log_events(recording.steps))
    assert "bmb" in log  # moved into the database, then begun anew over the old content
    assert "mcb" in log  # moved into the database, then cut off


def test_no_power_loss_takes_anything_acknowledged_or_leaves_anything_by_halves(
    recording: Recording, room: Path
) -> None:
    crashes = _cut(recording, room, images=IMAGES)
    broken = [crash for crash in crashes if crash.lost or crash.damage]
    assert len({crash.point for crash in crashes}) >= LEAST_POINTS
    assert crashes[-1].promised == FACTS
    assert not broken, _report(recording, broken)


def test_commits_that_are_not_synced_are_lost_whole(tmp_path: Path, room: Path) -> None:
    crashes = _cut(_record(tmp_path, "NORMAL"), room, images=CONTROL_IMAGES)
    assert [crash for crash in crashes if crash.damage] == []
    assert [crash for crash in crashes if crash.lost]


def test_a_disk_that_lies_about_its_syncs_loses_what_was_acknowledged(
    recording: Recording, room: Path
) -> None:
    crashes = _cuts(recording, room, images=CONTROL_IMAGES, honest=False)
    assert any(crash.lost for crash in crashes)


def _record(directory: Path, synchronous: str) -> Recording:
    state_dir, promises = directory / "state", directory / "promises"
    state_dir.mkdir()
    driver = [sys.executable, "-m", "tests.faults.powerloss.driver"]
    file = directory / "strace.log"
    steps = record(
        [*driver, str(state_dir), str(promises), synchronous],
        state_dir=state_dir,
        promises=promises,
        log=file,
    )
    return Recording(steps=steps, file=file)


def _cut(recording: Recording, room: Path, *, images: int) -> list[Crash]:
    return list(_cuts(recording, room, images=images))


def _cuts(recording: Recording, room: Path, *, images: int, honest: bool = True) -> Iterator[Crash]:
    return survey(
        recording.steps, examine=examine, images=images, seed=SEED, room=room, honest=honest
    )


def _log_events(steps: Sequence[Step]) -> Iterator[str]:
    """The log is begun (b), moved into the database (m), cut off (c); repetitions once."""
    last = ""
    for step in steps:
        match step:
            case Written(name=name, offset=0) if name == LOG:
                event = "b"
            case Written(name=name) if name == DATABASE_FILE:
                event = "m"
            case Truncated(name=name) if name == LOG:
                event = "c"
            case _:
                continue
        if event != last:
            yield event
        last = event


def _report(recording: Recording, broken: Sequence[Crash]) -> str:
    count = len(broken)
    lines = [f"{count} power losses broke the promise; seed {SEED}, recording {recording.file}"]
    for crash in broken[:5]:
        told = crash.damage or f"lost {sorted(crash.lost)[:3]}"
        lines.append(f"after {crash.point} steps, Disk.image(Random({crash.draw!r})): {told}")
    return "\n".join(lines)
