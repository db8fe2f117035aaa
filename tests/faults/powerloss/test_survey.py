"""From a real recording to losses found: a log of lines, written with and without its syncs."""

import sys
from pathlib import Path

import pytest

from tests.faults.powerloss.recording import record
from tests.faults.powerloss.steps import Acknowledged, Step, UnknownEffectError
from tests.faults.powerloss.survey import Crash, DamagedError, survey

LINES = 40
IMAGES = 800

WRITE_LINES = """
import os, sys
directory, promises, lines, sync = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
log = os.open(os.path.join(directory, "log"), os.O_RDWR | os.O_CREAT)
os.fsync(os.open(directory, os.O_RDONLY))
told = os.open(promises, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for number in range(lines):
    os.pwrite(log, b"%0255d\\n" % number, number * 256)
    if sync == "fsync":
        os.fsync(log)
    os.write(told, b"%d\\n" % number)
"""


def _recording(directory: Path, program: str, *arguments: str) -> list[Step]:
    state_dir, promises = directory / "state", directory / "promises"
    state_dir.mkdir()
    command = [sys.executable, "-c", program, str(state_dir), str(promises), *arguments]
    return record(command, state_dir=state_dir, promises=promises, log=directory / "strace.log")


def _lines(state_dir: Path) -> frozenset[str]:
    if not (state_dir / "log").exists():
        return frozenset()
    lines = (state_dir / "log").read_bytes().split(b"\n")
    return frozenset(str(int(line)) for line in lines if len(line) == 255 and line.isdigit())


def _crashes(directory: Path, sync: str, *, honest: bool = True) -> list[Crash]:
    recording = _recording(directory, WRITE_LINES, str(LINES), sync)
    facts = [step.fact for step in recording if isinstance(step, Acknowledged)]
    assert facts == [str(number) for number in range(LINES)]
    return list(
        survey(recording, examine=_lines, images=IMAGES, seed=1, room=directory, honest=honest)
    )


def test_synced_lines_survive_every_power_loss(tmp_path: Path) -> None:
    crashes = _crashes(tmp_path, "fsync")
    assert len(crashes) == IMAGES
    assert crashes[-1].promised == LINES
    assert [crash for crash in crashes if crash.lost] == []


def test_lines_without_a_sync_are_lost(tmp_path: Path) -> None:
    assert [crash for crash in _crashes(tmp_path, "none") if crash.lost]


def test_lines_on_a_disk_that_lies_about_its_syncs_are_lost(tmp_path: Path) -> None:
    assert [crash for crash in _crashes(tmp_path, "fsync", honest=False) if crash.lost]


def test_damage_loses_everything_promised(tmp_path: Path) -> None:
    def examine(state_dir: Path) -> frozenset[str]:
        raise DamagedError("unreadable")

    recording = [Acknowledged(fact="a"), Acknowledged(fact="b")]
    (crash,) = survey(recording, examine=examine, images=1, seed=1, room=tmp_path)
    assert (crash.lost, crash.damage) == (frozenset({"a", "b"}), "unreadable")


@pytest.mark.parametrize(
    "change",
    [
        "os.write(os.open(path, os.O_WRONLY | os.O_CREAT), b'x')",
        "os.truncate(path, 1) if os.path.exists(path) else open(path, 'w').write('x')",
        "import mmap; fd = os.open(path, os.O_RDWR | os.O_CREAT); os.posix_fallocate(fd, 0, 9)",
        "fd = os.open(path, os.O_RDWR | os.O_CREAT); os.ftruncate(fd, 9); mmap.mmap(fd, 9)",
        "os.mkdir(path)",
        "os.symlink('/', path)",
    ],
)
def test_change_outside_the_model_is_an_error(tmp_path: Path, change: str) -> None:
    program = f"import os, sys, mmap; path = os.path.join(sys.argv[1], 'f'); {change}"
    with pytest.raises(UnknownEffectError):
        _recording(tmp_path, program)
