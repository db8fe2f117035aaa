"""Who connects while the agent restarts gets an answer from the next process, not a refusal."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.base.kept_socket import NAME, SocketKeeper

CHILD = """
import os, sys
from agent.base.kept_socket import SocketKeeper
os.environ["LISTEN_PID"] = str(os.getpid())
kept = SocketKeeper.from_environ(os.environ).take("127.0.0.1", int(sys.argv[1]))
assert not os.get_inheritable(3)
if kept is not None:
    peer, _ = kept.accept()
    peer.sendall(b"here again")
"""


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The service manager's end of NOTIFY_SOCKET."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10)
        yield listening


@pytest.fixture
def keeper(manager: socket.socket) -> SocketKeeper:
    return SocketKeeper.from_environ({"NOTIFY_SOCKET": manager.getsockname()})


def kept_by(manager: socket.socket, keeper: SocketKeeper) -> tuple[int, int]:
    """Let an earlier process leave its socket and end; return the manager's copy and the port."""
    with socket.create_server(("127.0.0.1", 0)) as earlier:
        port: int = earlier.getsockname()[1]
        keeper.keep(earlier.fileno())
        message, descriptors, _, _ = socket.recv_fds(manager, 4096, 4)
    assert message.decode().splitlines() == ["FDSTORE=1", f"FDNAME={NAME}"]
    (descriptor,) = descriptors
    return descriptor, port


def next_process(descriptor: int, port: int) -> None:
    """Start the program as systemd does after a restart, and wait for its end."""
    environ = {**os.environ, "LISTEN_FDS": "1", "LISTEN_FDNAMES": NAME}
    os.dup2(descriptor, 3) if descriptor != 3 else None
    subprocess.run([sys.executable, "-c", CHILD, str(port)], env=environ, pass_fds=(3,), check=True)


def test_who_connects_between_two_processes_is_answered_by_the_second(
    manager: socket.socket, keeper: SocketKeeper, request: pytest.FixtureRequest
) -> None:
    descriptor, port = kept_by(manager, keeper)
    saved = _free_place_three(request)
    with socket.create_connection(("127.0.0.1", port)) as caller:
        caller.settimeout(30)
        next_process(descriptor, port)
        assert caller.recv(100) == b"here again"
    os.close(descriptor)
    assert saved != 3


def test_without_a_keeper_who_connects_between_two_processes_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as earlier:
        port = earlier.getsockname()[1]
        SocketKeeper().keep(earlier.fileno())
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port)).close()


def test_a_socket_on_another_address_than_the_settings_say_is_let_go(
    manager: socket.socket,
) -> None:
    left = socket.create_server(("127.0.0.1", 0))
    port = left.getsockname()[1]
    keeper = SocketKeeper(address=manager.getsockname(), left=(left,))
    assert keeper.take("127.0.0.1", port + 1) is None
    assert left.fileno() == -1
    assert manager.recv(100).decode().splitlines() == ["FDSTOREREMOVE=1", f"FDNAME={NAME}"]


def _free_place_three(request: pytest.FixtureRequest) -> int:
    """Move what this process has at descriptor 3 away for as long as the test runs."""
    try:
        saved = os.dup(3)
    except OSError:
        return -1

    def bring_back() -> None:
        os.dup2(saved, 3)
        os.close(saved)

    request.addfinalizer(bring_back)
    return saved
