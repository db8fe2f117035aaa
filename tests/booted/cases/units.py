"""What the units promise: a port that stays open, a key that is root's alone, an upgrade undone."""

from tests.booted.case import Case
from tests.booted.later_versions import that_works_no_more
from tests.booted.pair import Pair

_REFUSED = "ClientConnectorError"
_LATER = "9.1.0"
_UNDONE_S = 600
"""Within which a version that does not do its work must be taken back."""


def _kept_open(pair: Pair) -> None:
    with pair.selling() as till:
        for command in ("restart", "reload", "kill --signal=KILL"):
            pid = pair.store.main_pid()
            pair.store.machine.run(f"systemctl {command} store-agent")
            pair.store.wait(
                "p=$(systemctl show --value -p MainPID store-agent);"
                f" [ $p != {pid} ] && [ $p != 0 ] && systemctl is-active -q store-agent"
            )
            till.wait_for(20)
    heard = till.heard()
    pair.note(f"longest wait {max(sale.ms for sale in till.answered()) / 1000:.1f} s")
    pair.expect(_REFUSED not in heard, f"a till was refused: {heard}")


def _closed_by_a_stop(pair: Pair) -> None:
    """The control: a stop closes the port, and the till hears it."""
    with pair.selling() as till:
        pair.store.machine.run("systemctl stop store-agent; sleep 2; systemctl start store-agent")
        till.wait_for(20)
    heard = till.heard()
    pair.expect(heard.get(_REFUSED, 0) > 0, f"nobody was refused while it was stopped: {heard}")


def _undone(pair: Pair) -> None:
    before = pair.store.status()["version"]
    bad = that_works_no_more(pair.packages.agent, pair.place, version=_LATER)
    with pair.selling() as till:
        pair.store.machine.install(bad)
        took = pair.store.wait(
            "! systemctl is-active -q store-agent-trial && systemctl is-active -q store-agent",
            timeout_s=_UNDONE_S,
        )
        till.wait_for(20)
    pair.note(f"sells on with {before} after {took:.0f} s")
    pair.expect(pair.store.status()["version"] == before, "the old version does not run")
    note = pair.store.machine.run("cat /var/lib/store-agent/rolled-back.json")
    pair.expect(_LATER in note, f"the note says {note}")
    aside = pair.store.machine.run("ls /var/lib/store-agent")
    pair.expect("store.db.of-" in aside, f"the newer one's database was not put aside: {aside}")


CASES = (
    Case(
        name="open-port",
        what="restart, reload and kill -9 in mid-sale",
        expected="no till is refused: it waits",
        run=_kept_open,
    ),
    Case(
        name="open-port-control",
        what="the same with a stop and a start",
        expected="the till is refused meanwhile, and sells on",
        run=_closed_by_a_stop,
    ),
    Case(
        name="upgrade-undone",
        what="a later version changes the schema, then does not serve",
        expected="the old one is put back on the database from before, and sells on",
        run=_undone,
    ),
)
