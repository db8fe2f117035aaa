"""What root's hands do to the agent's files."""

from tests.booted.case import Case
from tests.booted.pair import Pair
from tests.booted.store_pc import STATE

_OF_ROOT = ("status", "doctor", "check-config", "outbox list", "outbox verify", "api-key list")
_FILES = ("store.db", "store.lock", "api.key", "pepper", "closing.key")


def _all_of_root(pair: Pair) -> None:
    pair.store.machine.run(
        f"systemctl stop store-agent; chown -R root:root {STATE}; systemctl start store-agent"
    )
    with pair.selling() as till:
        till.wait_for(20)


def _one_of_root(pair: Pair) -> None:
    """Each file alone, as after a copy by root: it sells, or says which file and what to do."""
    run = pair.store.machine.run
    for file in _FILES:
        run(f"systemctl stop store-agent; chown root:root {STATE}/{file}")
        done = pair.store.machine.attempt("timeout 30 systemctl start store-agent")
        if done.returncode == 0:
            pair.note(f"{file}: starts")
        else:
            told = pair.store.journal("-p warning -n 5")
            pair.expect(file in told and "chown" in told, f"{file}: {told[-400:]}")
            pair.note(f"{file}: refused with words")
        run(f"systemctl stop store-agent; chown -R store-agent:store-agent {STATE}")
    run("systemctl reset-failed store-agent; systemctl start store-agent")
    with pair.selling() as till:
        till.wait_for(20)


def _commands_of_root(pair: Pair) -> None:
    """Commands that root runs, with the agent and without, leave no file that is root's."""
    run = pair.store.machine.run
    for service in ("start", "stop"):
        run(f"systemctl {service} store-agent")
        for command in _OF_ROOT:
            pair.store.machine.attempt(f"cd /root && store-agent {command}")
    of_root = run(f"find {STATE} -user root")
    pair.expect(not of_root, f"of root now: {of_root}")
    run("systemctl start store-agent")
    with pair.selling() as till:
        till.wait_for(20)


CASES = (
    Case(
        name="chown-all",
        what="the state directory belongs to root",
        expected="the start mends it",
        run=_all_of_root,
    ),
    Case(
        name="chown-one",
        what="one file belongs to root, each in turn",
        expected="it sells, or the refusal names the file and the command",
        run=_one_of_root,
    ),
    Case(
        name="root-runs",
        what="root runs store-agent's commands",
        expected="no file belongs to root afterwards",
        run=_commands_of_root,
    ),
)
