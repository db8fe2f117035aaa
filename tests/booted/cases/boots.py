"""The PC goes off and on, in order and not."""

import time

from tests.booted import network
from tests.booted.case import Case
from tests.booted.pair import Pair
from tests.booted.together import together


def _plug(pair: Pair) -> None:
    with pair.selling() as till:
        for _ in range(2):
            till.wait_for(20)
            pair.store.machine.pull_the_plug()
            pair.note(f"sells {_boot(pair):.1f} s after power is back")
        till.wait_for(20)


def _both_plugs(pair: Pair) -> None:
    with pair.selling() as till:
        till.wait_for(20)
        together(pair.store.machine.pull_the_plug, pair.hq.machine.pull_the_plug)
        together(pair.store.machine.boot, pair.hq.machine.boot)
        till.wait_for(20)


def _reboot(pair: Pair) -> None:
    with pair.selling() as till:
        for how in ("reboot", "reboot --force"):
            till.wait_for(20)
            pair.store.machine.restart(how=how)
        till.wait_for(20)
    failed = pair.store.machine.run("systemctl --failed --plain --no-legend | grep store- || true")
    pair.expect(not failed, f"failed after the reboot: {failed}")


def _hq_away(pair: Pair) -> None:
    network.set_link("hq", up=False)
    pair.store.machine.power_off()
    pair.note(f"up {_boot(pair):.1f} s after power on")
    with pair.selling() as till:
        till.wait_for(20)
        pair.expect(pair.store.pending() > 0, "nothing waits while head office is away")
        network.set_link("hq", up=True)
        till.wait_for(20)


def _boot(pair: Pair) -> float:
    """Boot the store PC; the seconds until the service is up."""
    started = time.monotonic()
    pair.store.machine.boot()
    pair.store.wait_until_active()
    return time.monotonic() - started


CASES = (
    Case(
        name="plug",
        what="the PC's plug is pulled in mid-sale, twice",
        expected="it comes up selling",
        run=_plug,
    ),
    Case(
        name="both-plugs",
        what="both plugs are pulled in mid-sale",
        expected="both come up by themselves",
        run=_both_plugs,
    ),
    Case(
        name="reboot",
        what="reboot, then reboot --force, in mid-sale",
        expected="it comes up selling, no unit failed",
        run=_reboot,
    ),
    Case(
        name="hq-away",
        what="head office can't be reached while the PC starts",
        expected="it starts and sells; what waited is sent later",
        run=_hq_away,
    ),
)
