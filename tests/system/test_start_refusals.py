"""An agent that does not start says why in a sentence, with a code, and whether it tries again."""

import asyncio
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.state_dir import (
    API_KEYS_DIR,
    CLOSING_KEY_FILE,
    DATABASE_FILE,
    LOCAL_KEY_FILE,
    PEPPER_FILE,
)
from agent.store.lock import LOCK_FILE
from tests.system.agent_process import COMMAND, AgentFiles, running

TIMEOUT_S = 60.0
KEPT = (LOCK_FILE, DATABASE_FILE, LOCAL_KEY_FILE, PEPPER_FILE, CLOSING_KEY_FILE, API_KEYS_DIR)
OTHERS = 65_534
"""Nobody's user id: whose files root left behind."""
ONLY_ITS_OWN = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner,-chown")
"""Root, who may no more than any other user."""
READ_ONLY = (
    *("unshare", "--mount", "sh", "-ec"),
    'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; shift; exec "$@"',
    "sh",
)


@pytest.fixture
async def used(files: AgentFiles) -> AgentFiles:
    """A store that has run before."""
    async with running(files):
        pass
    return files


def refused(files: AgentFiles, *around: str) -> tuple[int, dict[str, str]]:
    """Start the agent; return its exit code and the line of its log that says why."""
    told = subprocess.run(
        [*around, *COMMAND, "run", "--config", str(files.config)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert "Traceback" not in told.stderr
    assert "store-agent does not start: " in told.stderr
    lines = [json.loads(line) for line in told.stderr.splitlines() if line.startswith("{")]
    (why,) = [line for line in lines if line["event"] == "not_started"]
    assert "[Errno" not in why["why"]
    assert why["exit_code"] == told.returncode
    return told.returncode, why


@contextmanager
def owned_by_others(file: Path) -> Iterator[None]:
    subprocess.run(["chown", "-R", str(OTHERS), str(file)], check=True)
    subprocess.run(["chmod", "-R", "go-rwx", str(file)], check=True)
    yield
    subprocess.run(["chown", "-R", "0", str(file)], check=True)


async def test_a_file_that_root_left_behind_is_named_with_what_gives_it_back(
    used: AgentFiles,
) -> None:
    for name in KEPT:
        file = used.state_dir / name
        with owned_by_others(file):
            code, why = refused(used, *ONLY_ITS_OWN)
        assert (code, why["code"]) == (78, "not_permitted"), name
        assert str(file) in why["why"]
        assert f"chown -R store-agent:store-agent {used.state_dir}" in why["why"]


async def test_a_read_only_disk_is_told_as_such(used: AgentFiles) -> None:
    code, why = refused(used, *READ_ONLY, str(used.state_dir))
    assert (code, why["code"]) == (78, "read_only")
    assert "ReadWritePaths=" in why["why"]


async def test_a_state_directory_outside_what_may_be_written_is_told_as_such(
    files: AgentFiles,
) -> None:
    shutil.rmtree(files.state_dir)
    code, why = refused(files, *READ_ONLY, str(files.state_dir.parent))
    assert (code, why["code"]) == (78, "read_only")


async def test_a_file_in_the_place_of_the_state_directory_is_told_as_such(
    files: AgentFiles,
) -> None:
    shutil.rmtree(files.state_dir)
    files.state_dir.touch()
    code, why = refused(files)
    assert (code, why["code"]) == (78, "not_a_directory")
    assert str(files.state_dir) in why["why"]


async def test_a_port_that_is_taken_may_become_free(files: AgentFiles) -> None:
    with socket.create_server(("127.0.0.1", files.port)):
        code, why = refused(files)
    assert (code, why["code"]) == (1, "port_taken")


async def test_an_agent_that_runs_already_may_end(used: AgentFiles) -> None:
    async with running(used) as agent:
        code, why = refused(used)
        assert (code, why["code"]) == (1, "in_use")
        assert str(agent.process.pid) in why["why"]


async def test_under_systemd_a_port_that_becomes_free_is_taken_by_the_same_process(
    files: AgentFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(TIMEOUT_S)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

    async def told(word: str) -> str:
        while word not in (said := (await asyncio.to_thread(manager.recv, 4096)).decode()):
            pass
        return said

    with manager:
        with socket.create_server(("127.0.0.1", files.port)):
            process = await asyncio.create_subprocess_exec(
                *COMMAND, "run", "--config", str(files.config), stderr=asyncio.subprocess.PIPE
            )
            assert "ss -ltnp" in await told("STATUS=does not start yet")
        await told("READY=1")
        process.terminate()
        _, log = await process.communicate()
    assert (process.returncode, log.count(b'"start_waits"')) == (0, 1)
