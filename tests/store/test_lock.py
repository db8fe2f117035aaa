"""Two agents never work in one state directory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.store.lock import InUseError, StoreLock


def test_a_second_agent_is_told_who_works_there(tmp_path: Path) -> None:
    first = StoreLock(tmp_path)
    first.acquire()
    with pytest.raises(InUseError, match=rf"process {os.getpid()}\).*paths\.state_dir"):
        StoreLock(tmp_path).acquire()
    first.release()


def test_the_lock_is_free_once_it_is_released(tmp_path: Path) -> None:
    first = StoreLock(tmp_path)
    first.acquire()
    first.release()
    second = StoreLock(tmp_path)
    second.acquire()
    second.release()


def test_the_lock_is_free_once_its_process_was_killed(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal, sys\n"
        "from agent.store.lock import StoreLock\n"
        "lock = StoreLock(pathlib.Path(sys.argv[1]))\n"
        "lock.acquire()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, tmp_path], check=False)
    assert killed.returncode == -9
    assert (tmp_path / "store.lock").read_text().strip().isdigit()
    lock = StoreLock(tmp_path)
    lock.acquire()
    lock.release()


def test_two_state_directories_do_not_hinder_each_other(tmp_path: Path) -> None:
    locks = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        locks.append(StoreLock(tmp_path / name))
        locks[-1].acquire()
    for lock in locks:
        lock.release()


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "somebody's"
    target.write_text("kept")
    (tmp_path / "store.lock").symlink_to(target)
    with pytest.raises(OSError, match=r"store\.lock"):
        StoreLock(tmp_path).acquire()
    assert target.read_text() == "kept"
