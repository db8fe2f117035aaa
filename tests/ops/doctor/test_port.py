"""Whoever has the agent's port is named, with the command that ends it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.domain.finding import Result
from agent.ops.doctor.checks.port import PORT, judge
from agent.ops.processes import Listener, Process
from agent.store.lock import LOCK_FILE
from tests.lab.ports import free_port
from tests.ops.doctor.place import findings_of, ground_of, settings_of

_LISTEN = """
import socket, sys
line = socket.create_server((sys.argv[1], int(sys.argv[2])), family=int(sys.argv[3]))
print("listening", flush=True)
sys.stdin.read()
"""
_V4, _V6 = "2", "10"


@pytest.fixture(params=[("127.0.0.1", _V4), ("0.0.0.0", _V4), ("::", _V6)])
def taken(request: pytest.FixtureRequest) -> Iterator[tuple[int, int]]:
    """A port that another process listens on, and the process."""
    port = free_port()
    host, family = request.param
    command = [sys.executable, "-c", _LISTEN, host, str(port), family]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield port, process.pid
        process.communicate()


def test_another_program_on_the_port_is_named(tmp_path: Path, taken: tuple[int, int]) -> None:
    port, pid = taken
    ground = ground_of(settings_of(tmp_path, api={"port": port}))
    found = findings_of(PORT, ground)["port_taken"]
    assert found.result is Result.BAD
    assert f"({pid})" in found.seen
    assert found.mends[0].command == f"kill {pid}"
    (tmp_path / LOCK_FILE).write_text(f"{pid}\n")
    assert [*findings_of(PORT, ground)] == ["port_ours"]


def test_a_free_port_and_the_agents_own_are_good(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, api={"port": free_port()})
    assert [*findings_of(PORT, ground_of(settings))] == ["port_free"]
    assert [*findings_of(PORT, ground_of(settings, status={"store": "MB001"}))] == ["port_ours"]


def test_a_service_is_ended_by_its_unit_and_a_stranger_is_told_by_its_user() -> None:
    nginx = Process(pid=812, name="nginx", unit="nginx.service")
    held = Listener(user="www-data", process=nginx)
    found = judge(port=8770, held=held, agent_pid=0, answers=False)
    assert found.mends[0].command == "systemctl stop nginx.service"
    kept = Listener(user="root", process=Process(pid=1, name="systemd"))
    assert judge(port=8770, held=kept, agent_pid=0, answers=False).code == "port_ours"
    found = judge(port=8770, held=Listener(user="pos", process=None), agent_pid=0, answers=False)
    assert "user pos" in found.seen
    assert "ss -ltnp" in found.mends[0].command
