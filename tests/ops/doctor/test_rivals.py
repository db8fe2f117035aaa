"""Programs that take a device away are named, with what ends it."""

import os
import pty
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.domain.finding import Result
from agent.ops.doctor.check import run_all
from agent.ops.doctor.checks.rivals import RIVALS, judge_open, judge_running, judge_taken
from agent.ops.processes import Process
from drivers.taken import TakenPrinter
from tests.ops.doctor.place import ground_of, settings_of


@contextmanager
def program(name: str, directory: Path, node: str) -> Iterator[int]:
    """A program of this name that has `node` open."""
    shutil.copy("/bin/cat", directory / name)
    with open(node, "rb") as held, subprocess.Popen([directory / name], stdin=held) as process:
        yield process.pid
        process.kill()


@pytest.fixture
def scanner() -> Iterator[str]:
    """The node of a serial line."""
    ours, theirs = pty.openpty()
    yield os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


def test_who_has_a_scanners_line_open_is_named(tmp_path: Path, scanner: str) -> None:
    link = tmp_path / "scanner"  # settings name devices by links in by-id
    link.symlink_to(scanner)
    ground = ground_of(settings_of(tmp_path, scanner={"addresses": [f"serial:{link}"]}))
    with program("ModemManager", tmp_path, scanner) as pid:
        found = {one.seen: one for told in run_all([RIVALS], ground) for one in told}
    assert found[f"ModemManager ({pid})"].code == "device_held"
    assert found[f"ModemManager ({pid})"].result is Result.BAD
    assert "ModemManager" not in str([*run_all([RIVALS], ground)])


@pytest.mark.parametrize(
    ("name", "unit", "mend"),
    [
        ("ModemManager", "", "systemctl disable --now ModemManager.service"),
        ("brltty", "brltty.service", "apt-get remove brltty"),
        ("pos", "pos.service", "systemctl stop pos.service"),
        ("minicom", "", "kill 812"),
    ],
)
def test_each_is_ended_as_it_was_started(name: str, unit: str, mend: str) -> None:
    (found,) = judge_open("serial:/dev/ttyUSB0", [Process(pid=812, name=name, unit=unit)])
    assert found.mends[0].command == mend


def test_a_known_rival_is_told_where_there_is_what_it_takes() -> None:
    running = [Process(pid=1, name="ModemManager"), Process(pid=2, name="cupsd")]
    assert [one.about for one in judge_running(running, {"ttyUSB*": True})] == ["ModemManager"]
    assert [*judge_running(running, {"ttyUSB*": False})] == []


@pytest.mark.parametrize(
    ("by_program", "code"), [(True, "printer_taken"), (False, "usblp_missing")]
)
def test_a_printer_without_a_node_is_told(by_program: bool, code: str) -> None:
    taken = TakenPrinter(about="EPSON TM-T82", node="/dev/bus/usb/001/004", by_program=by_program)
    found = judge_taken(taken)
    assert (found.code, found.result) == (code, Result.BAD)
    assert found.mends[0].safe is not by_program
