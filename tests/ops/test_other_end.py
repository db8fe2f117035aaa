"""Another user's program that listens in the agent's place never sees the key of this PC."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.ops import other_end
from agent.ops.doctor.checks.port import PORT
from agent.ops.doctor.ground import Agent, Ground
from agent.ops.local_api import NoAgentError, NotRunningError, ask, health, read_page
from agent.ops.other_end import StrangerError, check_other_end
from agent.ops.top.screen import _hear
from agent.ops.top.view import View
from agent.settings import Settings
from tests.ops.doctor.place import findings_of, settings_of

KEY = "sk_of_this_pc"
NOBODY = 65534
_IMPOSTOR = """
import socket, sys
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
answer = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: 16\\r\\n\\r\\n"
while True:
    taken, _ = listening.accept()
    with taken:
        taken.settimeout(5)
        heard = taken.recv(65536)
        print(heard.hex() or "-", flush=True)
        if heard:
            taken.sendall(answer + b'{"healthy":true}')
"""


class Impostor:
    """A program that answers all in the agent's place, as whom it is told to run."""

    def __init__(self, *before: str) -> None:
        self._process = subprocess.Popen(
            [*before, sys.executable, "-I", "-S", "-c", _IMPOSTOR],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._line())

    def heard(self) -> bytes:
        """Return what came over the next connection."""
        line = self._line()
        return b"" if line == "-" else bytes.fromhex(line)

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    (tmp_path / "api.key").write_text(KEY)
    return tmp_path


@pytest.fixture
def stranger() -> Iterator[Impostor]:
    impostor = Impostor("setpriv", f"--reuid={NOBODY}", "--clear-groups")
    yield impostor
    impostor.end()


@pytest.fixture
def own() -> Iterator[Impostor]:
    impostor = Impostor()
    yield impostor
    impostor.end()


def at(state_dir: Path, port: int) -> Settings:
    return settings_of(state_dir, api={"port": port})


def draws_nothing() -> None:
    pass


def top(settings: Settings) -> None:
    asyncio.run(_hear(settings, View(ZoneInfo("UTC")), draws_nothing))


ASKED: dict[str, Callable[[Settings], Any]] = {
    "status": lambda settings: ask(settings, "GET", "/api/v1/status"),
    "an order": lambda settings: ask(settings, "POST", "/api/v1/devices/x/trial", {}, key="k"),
    "a page": lambda settings: read_page(settings, "/metrics"),
    "whether it is well": health,
    "top": top,
}
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")


@only_root
@pytest.mark.parametrize("asked", ASKED)
def test_another_users_program_is_sent_nothing_and_told_of(
    state_dir: Path, stranger: Impostor, asked: str
) -> None:
    with pytest.raises((NoAgentError, StrangerError), match="a program of user nobody") as told:
        ASKED[asked](at(state_dir, stranger.port))
    assert not isinstance(told.value, NotRunningError)
    assert stranger.heard() == b""


@only_root
def test_the_doctor_tells_whose_the_port_is_and_believes_nothing_of_it(
    state_dir: Path, stranger: Impostor
) -> None:
    settings = at(state_dir, stranger.port)
    agent = Agent(lambda: ASKED["status"](settings), lambda: health(settings))
    found = findings_of(PORT, Ground(settings=settings, agent=agent))
    assert [*found] == ["port_taken"]


def test_control_a_program_of_the_agents_user_is_sent_the_key(
    state_dir: Path, own: Impostor
) -> None:
    ask(at(state_dir, own.port), "GET", "/api/v1/status")
    assert KEY.encode() in own.heard()


def test_a_connection_that_nobody_takes_up_is_sent_nothing(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(other_end, "TAKEN_WITHIN_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        with pytest.raises(NoAgentError, match="not taken up"):
            ask(at(state_dir, hanging.getsockname()[1]), "GET", "/api/v1/status")
        taken, _ = hanging.accept()
        with taken:
            assert taken.recv(1) == b""


@pytest.mark.parametrize(
    ("family", "host", "listens"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1"),
        (socket.AF_INET, "127.0.0.1", "::"),
        (socket.AF_INET6, "::1", "::1"),
    ],
)
def test_the_other_end_is_found_over_both_families(
    family: socket.AddressFamily, host: str, listens: str
) -> None:
    both = ":" in listens
    of = socket.AF_INET6 if both else socket.AF_INET
    with (
        socket.create_server((listens, 0), family=of, dualstack_ipv6=listens == "::") as listening,
        socket.socket(family) as connection,
    ):
        connection.connect((host, listening.getsockname()[1]))
        with listening.accept()[0]:
            check_other_end(connection, os.geteuid())
            with pytest.raises(StrangerError):
                check_other_end(connection, os.geteuid() + 1)
