"""A clock that is off, that nothing keeps right, or that can't be compared, is told."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.base.clock import DAY_MS, HOUR_MS, MINUTE_MS
from agent.domain.finding import Result
from agent.ops.doctor.checks.clock import ClockFacts, judge
from agent.ops.doctor.ntp import ahead_s, servers

EPOCH_1900_S = 2_208_988_800
HALF = 1 << 31


@contextmanager
def time_server(*, behind_s: int, stratum: int = 2) -> Iterator[int]:
    """An NTP server by whose clock it is so much earlier; gives its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))

        def answer() -> None:
            _, sender = line.recvfrom(512)
            now = int(time.time()) - behind_s + EPOCH_1900_S
            stamp = struct.pack("!II", now, HALF)
            line.sendto(struct.pack("!BB30x", 0x24, stratum) + stamp + stamp, sender)

        thread = threading.Thread(target=answer)
        thread.start()
        yield line.getsockname()[1]
        thread.join()


def test_a_time_server_tells_how_far_off_the_clock_is() -> None:
    with time_server(behind_s=600) as port:
        assert abs(ahead_s("127.0.0.1", port=port) - 600) < 2


def test_a_time_server_that_does_not_know_the_time_is_not_believed() -> None:
    with time_server(behind_s=600, stratum=0) as port, pytest.raises(OSError, match="does not"):
        ahead_s("127.0.0.1", port=port)


def test_the_pcs_own_time_servers_are_asked(tmp_path: Path) -> None:
    (tmp_path / "systemd").mkdir()
    (tmp_path / "systemd/timesyncd.conf").write_text("[Time]\n#NTP=\nNTP=10.0.0.1\n")
    (tmp_path / "chrony").mkdir()
    (tmp_path / "chrony/chrony.conf").write_text("pool cn.pool.ntp.org iburst\nserver 10.0.0.2\n")
    assert servers(tmp_path) == ("10.0.0.1", "cn.pool.ntp.org", "10.0.0.2")


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (ClockFacts(ahead_of_hq_ms=200, synced=True), {"clock_right": Result.GOOD}),
        (ClockFacts(ahead_of_hq_ms=3 * MINUTE_MS), {"clock_wrong": Result.WARN}),
        (ClockFacts(ahead_of_hq_ms=-8 * HOUR_MS), {"clock_wrong": Result.BAD}),
        (ClockFacts(ahead_of_ntp_ms=400 * DAY_MS), {"clock_wrong": Result.BAD}),
        (ClockFacts(now_ms=DAY_MS, newest_event_ms=9 * DAY_MS), {"clock_wrong": Result.BAD}),
        (ClockFacts(now_ms=DAY_MS, newest_event_ms=DAY_MS), {"clock_unchecked": Result.UNKNOWN}),
        (
            ClockFacts(ahead_of_hq_ms=0, synced=False, local_rtc=True),
            {
                "clock_right": Result.GOOD,
                "rtc_local": Result.WARN,
                "ntp_off": Result.WARN,
            },
        ),
    ],
)
def test_a_clock_is_judged_by_whoever_knows_better(
    facts: ClockFacts, told: dict[str, Result]
) -> None:
    assert {one.code: one.result for one in judge(facts)} == told


@pytest.mark.parametrize(
    ("can_ntp", "safe"),
    [(True, [True]), (False, [False]), (None, [False, True])],
)
def test_ntp_is_switched_on_by_itself_only_where_there_is_a_program_for_it(
    can_ntp: bool | None, safe: list[bool]
) -> None:
    facts = ClockFacts(ahead_of_hq_ms=0, synced=False, can_ntp=can_ntp)
    (off,) = [one for one in judge(facts) if one.code == "ntp_off"]
    assert [mend.safe for mend in off.mends] == safe
