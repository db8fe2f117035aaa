"""The package is replaced by a later version and by an earlier one, while the till sells."""

from collections.abc import Callable
from pathlib import Path

from tests.booted.case import Case
from tests.booted.later_versions import (
    that_does_not_start,
    that_waits_for_ever,
    with_new_schema,
)
from tests.booted.pair import Pair

_LATER = "9.0.0"
_ROLLED_BACK_S = 600
"""Within which a version that does not start must be taken back."""
_VERSION = (
    "cd / && runuser -u store-agent -- store-agent status --json"
    """ | python3 -c 'import json,sys; print(json.load(sys.stdin)["version"])'"""
)


def _upgrade(pair: Pair) -> None:
    later = with_new_schema(pair.packages.agent, pair.place, version=_LATER)
    with pair.selling() as till:
        pair.store.machine.install(later)
        pair.store.wait(f'[ "$({_VERSION})" = {_LATER} ]')
        till.wait_for(20)
        pair.note(f"longest wait of a sale {max(sale.ms for sale in till.answered()) / 1000:.1f} s")


def _taken_back(make: Callable[..., Path]) -> Callable[[Pair], None]:
    def run(pair: Pair) -> None:
        before = pair.store.status()["version"]
        broken = make(pair.packages.agent, pair.place, version=_LATER)
        with pair.selling() as till:
            said = pair.store.machine.install(broken)
            took = pair.store.wait(f'[ "$({_VERSION})" = {before} ]', timeout_s=_ROLLED_BACK_S)
            till.wait_for(40)
            pair.note(f"{before} sells again {took:.0f} s after apt returned")
        pair.expect(_LATER in said, f"apt says nothing of {_LATER}: {said[-300:]}")
        told = pair.store.machine.run("journalctl -b -u store-agent-trial --no-pager -o cat")
        pair.expect(_LATER in told, "the journal does not say which version was taken back")

    return run


def _downgrade(pair: Pair) -> None:
    later = with_new_schema(pair.packages.agent, pair.place, version=_LATER)
    pair.store.machine.install(later)
    pair.store.wait(f'[ "$({_VERSION})" = {_LATER} ]')
    with pair.selling() as till:
        earlier = pair.store.machine.bring(pair.packages.agent)
        done = pair.store.machine.attempt(f"dpkg -i {earlier}", timeout_s=300)
        till.wait_for(20)
    pair.expect(done.returncode != 0, "dpkg took the older version")
    pair.expect("too old" in done.stdout, f"no word of it: {done.stdout[-300:]}")
    running = pair.store.machine.run(_VERSION).strip()
    pair.expect(running == _LATER, f"{running} runs now")


CASES = (
    Case(
        name="upgrade",
        what="a later version with another schema, in mid-sale",
        expected="it runs, the till waits and sells on",
        run=_upgrade,
    ),
    Case(
        name="upgrade-bad",
        what="a later version that does not start",
        expected="the old one is put back by itself, the journal says so",
        run=_taken_back(that_does_not_start),
    ),
    Case(
        name="upgrade-waits",
        what="a later version whose start neither ends nor fails",
        expected="the old one is put back by itself, the journal says so",
        run=_taken_back(that_waits_for_ever),
    ),
    Case(
        name="downgrade",
        what="an earlier version on a later one's database",
        expected="refused with words, nothing changed, the later one sells on",
        run=_downgrade,
    ),
)
