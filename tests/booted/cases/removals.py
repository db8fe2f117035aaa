"""The package goes: removed, purged, with and without events that head office lacks."""

from tests.booted import network
from tests.booted.case import Case
from tests.booted.machine import INSTALL_TIMEOUT_S
from tests.booted.pair import Pair
from tests.booted.store_pc import STATE

_APT = "DEBIAN_FRONTEND=noninteractive apt-get -y -qq"


def _removed(pair: Pair) -> None:
    """Removed and installed again: settings and journal are as they were."""
    with pair.selling() as till:
        till.wait_for(20)
    pair.store.machine.run(f"{_APT} remove store-agent")
    left = pair.store.machine.run(f"ls {STATE} /etc/store-agent/agent.toml.d")
    pair.expect("store.db" in left and "store.toml" in left, f"only {left} is left")
    running = pair.store.machine.run("pgrep -u store-agent -a || true")
    pair.expect(not running, f"still runs: {running}")
    pair.store.machine.install(pair.packages.agent)
    pair.store.machine.run("systemctl is-enabled store-agent")
    pair.store.wait_until_active()
    with pair.selling() as till:
        till.wait_for(20)


def _replaced(pair: Pair) -> None:
    """What store IT switched off for good no update switches on."""
    with pair.selling() as till:
        till.wait_for(20)
    pair.store.wait_until_synced()
    pair.store.machine.run("systemctl disable --now store-agent")
    again = pair.store.machine.bring(pair.packages.agent)
    pair.store.machine.run(f"{_APT} --reinstall install {again}", timeout_s=INSTALL_TIMEOUT_S)
    states = [
        pair.store.machine.run(f"systemctl {asked} store-agent", check=False).strip()
        for asked in ("is-enabled", "is-active")
    ]
    pair.expect(states == ["disabled", "inactive"], f"after the update it is {states}")
    pair.store.machine.run("systemctl start store-agent")


def _purged_unsynced(pair: Pair) -> None:
    """A purge while events wait keeps them, and says where."""
    network.set_link("hq", up=False)
    with pair.selling() as till:
        till.wait_for(20)
    done = pair.store.machine.attempt(f"{_APT} purge store-agent")
    kept = pair.store.machine.run("find /var/lib -name store.db 2>/dev/null").split()
    pair.expect(len(kept) == 1, f"the journal is gone; apt said: {done.stdout[-500:]}")
    pair.note(f"apt ended with {done.returncode}; kept {kept[0]}")
    words = [line for line in done.stdout.splitlines() if "head office" in line]
    pair.expect(bool(words), f"apt does not speak of head office: {done.stdout[-500:]}")


def _purged(pair: Pair) -> None:
    """A purge when head office has everything leaves nothing."""
    with pair.selling() as till:
        till.wait_for(20)
    pair.store.wait_until_synced()
    verdict = pair.judge()
    pair.expect(not verdict.complaints, f"before the purge: {verdict.complaints}")
    pair.store.machine.run(f"{_APT} purge store-agent", timeout_s=300)
    left = pair.store.machine.run(
        "find / -xdev -name '*store-agent*' -not -path '/proc/*' -not -path '/var/lib/dpkg/*'"
        " -not -path '/var/log/*' -not -path '/var/cache/*' -not -path '/var/tmp/*'"
        " -not -path '/sys/*' -not -path '/opt/*' 2>/dev/null || true"
    )
    pair.expect(not left, f"left behind: {left}")


CASES = (
    Case(
        name="remove",
        what="apt remove, and installed again",
        expected="settings and journal are kept; it starts by itself and sells on",
        run=_removed,
    ),
    Case(
        name="switched-off",
        what="disabled for good, as a PC that was replaced; the package is installed again",
        expected="it stays disabled and off",
        run=_replaced,
    ),
    Case(
        name="purge-early",
        what="apt purge while events wait for head office",
        expected="the journal is kept, and apt says so",
        run=_purged_unsynced,
        judged=False,
    ),
    Case(
        name="purge",
        what="apt purge when head office has everything",
        expected="nothing is left",
        run=_purged,
        judged=False,
    ),
)
