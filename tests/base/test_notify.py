"""systemd is told the truth, over a real socket."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from agent.base.notify import Notifier, NotifyError

RECEIVE_TIMEOUT_S = 10


class Manager:
    """The listening end of NOTIFY_SOCKET, as systemd has it."""

    def __init__(self, address: str) -> None:
        self.environ = {"NOTIFY_SOCKET": address.replace("\0", "@", 1)}
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(RECEIVE_TIMEOUT_S)
        self.socket.bind(address)

    def receive(self) -> str:
        return self.socket.recv(4096).decode()

    def drain(self) -> None:
        """Take what is already on its way."""
        self.socket.settimeout(0)
        with suppress(BlockingIOError):
            while True:
                self.receive()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    by_path = request.param == "path"
    manager = Manager(str(tmp_path / "notify") if by_path else f"\0store-agent-{uuid4().hex}")
    yield manager
    manager.socket.close()


def test_ready_status_and_stopping_arrive_as_sd_notify_has_them(manager: Manager) -> None:
    notifier = Notifier.from_environ(manager.environ)
    notifier.ready("listening on 127.0.0.1:8770")
    notifier.status("断网, 3 待同步")
    notifier.stopping("closing the journal")
    assert [manager.receive() for _ in range(3)] == [
        "READY=1\nSTATUS=listening on 127.0.0.1:8770",
        "STATUS=断网, 3 待同步",
        "STOPPING=1\nSTATUS=closing the journal",
    ]


def test_a_line_break_in_a_status_sets_no_other_variable(manager: Manager) -> None:
    Notifier.from_environ(manager.environ).status("first\nMAINPID=1\r\nsecond")
    assert manager.receive() == "STATUS=first MAINPID=1 second"


async def test_the_watchdog_is_fed_again_and_again_until_the_stop(manager: Manager) -> None:
    notifier = Notifier.from_environ(manager.environ | {"WATCHDOG_USEC": "20000"})
    stop = asyncio.Event()
    feeding = asyncio.create_task(notifier.run_watchdog(stop))
    fed = [await asyncio.to_thread(manager.receive) for _ in range(3)]
    stop.set()
    await feeding
    assert fed == ["WATCHDOG=1"] * 3


async def test_a_stuck_loop_feeds_nothing(manager: Manager) -> None:
    notifier = Notifier.from_environ(manager.environ | {"WATCHDOG_USEC": "20000"})
    stop = asyncio.Event()
    feeding = asyncio.create_task(notifier.run_watchdog(stop))
    await asyncio.to_thread(manager.receive)
    # The loop is stuck from here on, far beyond what the watchdog allows.
    manager.drain()
    manager.socket.settimeout(0.1)
    with pytest.raises(TimeoutError):
        manager.receive()
    stop.set()
    await feeding


async def test_what_does_not_answer_is_fed_nothing_and_does_not_hold_up_the_stop(
    manager: Manager,
) -> None:
    notifier = Notifier.from_environ(manager.environ | {"WATCHDOG_USEC": "20000"})
    stop, answers = asyncio.Event(), asyncio.Event()

    async def alive() -> None:
        await answers.wait()

    feeding = asyncio.create_task(notifier.run_watchdog(stop, alive))
    manager.socket.settimeout(0.1)
    with pytest.raises(TimeoutError):
        await asyncio.to_thread(manager.receive)
    answers.set()
    manager.socket.settimeout(RECEIVE_TIMEOUT_S)
    assert await asyncio.to_thread(manager.receive) == "WATCHDOG=1"
    answers.clear()
    stop.set()
    async with asyncio.timeout(RECEIVE_TIMEOUT_S):
        await feeding


async def test_without_a_watchdog_the_task_still_lasts_until_the_stop() -> None:
    stop = asyncio.Event()
    feeding = asyncio.create_task(Notifier.from_environ({}).run_watchdog(stop))
    await asyncio.sleep(0)
    assert not feeding.done()
    stop.set()
    await feeding


@pytest.mark.parametrize(
    ("environ", "interval_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "43"}, None),
    ],
)
def test_the_watchdog_is_fed_at_half_of_its_time_by_the_process_it_is_meant_for(
    environ: dict[str, str], interval_s: float | None
) -> None:
    assert Notifier.from_environ(environ, pid=42).watchdog_interval_s == interval_s


def test_outside_systemd_nothing_is_sent() -> None:
    notifier = Notifier.from_environ({})
    notifier.ready("up")
    notifier.status("up")
    notifier.feed_watchdog()
    notifier.stopping("down")


@pytest.mark.parametrize(
    "environ",
    [
        {"NOTIFY_SOCKET": "vsock:2:1234"},
        {"NOTIFY_SOCKET": "relative/path"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "-5"},
    ],
)
def test_a_variable_that_can_not_be_understood_is_an_error(environ: dict[str, str]) -> None:
    (name,) = environ
    with pytest.raises(NotifyError, match=name):
        Notifier.from_environ(environ)


def test_readiness_that_nobody_hears_is_an_error_and_a_status_is_not(tmp_path: Path) -> None:
    notifier = Notifier.from_environ({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    notifier.status("up")
    notifier.feed_watchdog()
    with pytest.raises(NotifyError, match="gone"):
        notifier.ready("up")


def test_a_manager_that_does_not_read_never_blocks_the_service(manager: Manager) -> None:
    notifier = Notifier.from_environ(manager.environ)
    for number in range(5_000):  # far more than a socket holds
        notifier.status(f"status {number}")
    assert manager.receive() == "STATUS=status 0"
