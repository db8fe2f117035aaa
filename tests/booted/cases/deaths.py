"""Processes that die or hang in the middle of a sale."""

import sys

from tests.booted.case import Case
from tests.booted.pair import Pair

_KILLS = 3
_WATCHDOG_S = 120
"""Within which a hung agent must be another process: WatchdogSec=, the abort, a busy machine."""


def _kill_9(pair: Pair) -> None:
    with pair.selling() as till:
        for _ in range(_KILLS):
            pid = pair.store.main_pid()
            pair.store.machine.run(f"kill -9 {pid}")
            _wait_for_another(pair, pid)
            till.wait_for(20)
    restarts = pair.store.restarts()
    pair.expect(restarts == _KILLS, f"systemd started it anew {restarts} times")


def _stopped(pair: Pair) -> None:
    with pair.selling() as till:
        pid = pair.store.main_pid()
        pair.store.machine.run(f"kill -STOP {pid}")
        pair.note(f"another process after {_wait_for_another(pair, pid):.0f} s")
        till.wait_for(20)
    pair.expect("atchdog" in pair.store.journal(), "the journal does not name the watchdog")


def _blocked(pair: Pair) -> None:
    with pair.selling() as till:
        pid = pair.store.main_pid()
        outside = pair.store.machine.pid_outside(pid)
        holder = pair.store.machine.start_outside(
            [sys.executable, "-m", "tests.booted.hold_thread", str(outside)], pair.place / "holder"
        )
        try:
            pair.note(f"another process after {_wait_for_another(pair, pid):.0f} s")
        finally:
            holder.kill()
            holder.wait()
        till.wait_for(20)
    told = pair.store.journal()
    pair.expect("atchdog" in told, "the journal does not name the watchdog")
    pair.expect('File "' in told, "the journal holds no stack of where it hung")


def _restarted(pair: Pair) -> None:
    with pair.selling() as till:
        for _ in range(_KILLS):
            pair.store.machine.run("systemctl restart store-agent")
            till.wait_for(20)


def _hq_dies(pair: Pair) -> None:
    with pair.selling() as till:
        pair.hq.machine.run("kill -9 $(systemctl show --value -p MainPID store-hq)")
        till.wait_for(20)
        pair.hq.machine.run("systemctl restart postgresql")
        till.wait_for(40)
        pair.hq.machine.run("pkill -9 -u postgres")
        pair.hq.machine.run("systemctl start postgresql")
        till.wait_for(20)
    crashed = pair.hq.machine.run("journalctl -u store-hq -b -o cat | grep -c Traceback || true")
    pair.expect(int(crashed) == 0, f"{crashed.strip()} stacks in head office's journal")


def _wait_for_another(pair: Pair, pid: int) -> float:
    return pair.store.wait(
        f"p=$(systemctl show --value -p MainPID store-agent); [ $p != {pid} ] && [ $p != 0 ]",
        timeout_s=_WATCHDOG_S,
    )


CASES = (
    Case(
        name="kill",
        what="kill -9 in mid-sale, three times",
        expected="systemd starts it anew each time",
        run=_kill_9,
    ),
    Case(
        name="restart",
        what="systemctl restart in mid-sale, three times",
        expected="the till waits, and sells on",
        run=_restarted,
    ),
    Case(
        name="stopped",
        what="SIGSTOP",
        expected="the watchdog ends it, and the journal says so",
        run=_stopped,
    ),
    Case(
        name="blocked",
        what="the event loop hangs, other threads work",
        expected="the watchdog ends it, its stacks in the journal",
        run=_blocked,
    ),
    Case(
        name="hq-killed",
        what="store-hq killed, PostgreSQL restarted and killed",
        expected="the till notices nothing; no stack at head office",
        run=_hq_dies,
    ),
)
