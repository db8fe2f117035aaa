"""Backups as the service makes them, a database that is set back, and one that is damaged."""

import json
import re
from typing import Any

from tests.booted import network
from tests.booted.case import Case
from tests.booted.pair import Pair
from tests.booted.store_pc import STATE

_DISK = "/mnt/store-backup"
_KEY = "/root/store-backups.key"
_SETTINGS = """\
[backup]
target = "{disk}"
recipients = ["{recipient}"]
at = "00:01"
"""
_BY_ITSELF_S = 420
"""Within which the service, just started, makes the backup that is due."""
_SET_ASIDE = f"{STATE}/quarantine"
_DAMAGE = f"""\
import sqlite3
db = sqlite3.connect("file:{STATE}/store.db?mode=ro", uri=True)
page, = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sale'").fetchone()
size, = db.execute("PRAGMA page_size").fetchone()
db.close()
with open("{STATE}/store.db", "r+b") as file:
    file.seek((page - 1) * size)
    file.write(b"damaged!" * 64)
"""


def _set_back(pair: Pair) -> None:
    _plug_in_a_disk(pair)
    _sell(pair, 20)
    pair.note(f"the service made one by itself {_wait_for_a_backup(pair):.0f} s later")
    pair.store.wait_until_synced()
    _make_and_verify(pair)
    _sell(pair, 20)
    pair.store.wait_until_synced()
    network.set_link("hq", up=False)
    _sell(pair, 20)  # head office never hears of these from the database that is replaced
    pair.store.machine.run("systemctl stop store-agent")
    pair.store.command(f"backup restore --key - <{_KEY}")
    pair.store.machine.run("systemctl start store-agent")
    _sell(pair, 20)
    network.set_link("hq", up=True)
    _bring_in_what_was_set_aside(pair)
    _sell(pair, 20)


def _damaged(pair: Pair) -> None:
    _sell(pair, 20)
    pair.store.wait_until_synced()
    network.set_link("hq", up=False)
    _sell(pair, 20)
    pair.store.machine.run(
        f"systemctl stop store-agent; python3 - <<'T'\n{_DAMAGE}T\nsystemctl start store-agent"
    )
    _sell(pair, 20)
    network.set_link("hq", up=True)
    pair.expect(
        "database_set_aside" in pair.store.journal("-p crit"), "the journal says nothing of it"
    )
    pair.expect("database_set_aside" in _doctor(pair), "the doctor says nothing of it")
    _bring_in_what_was_set_aside(pair)
    pair.expect("database_set_aside" not in _doctor(pair), "the doctor still speaks of it")
    _sell(pair, 20)


def _plug_in_a_disk(pair: Pair) -> None:
    """Another disk, as far as the PC can tell, and the service set up to use it."""
    run = pair.store.machine.run
    told = run(f"store-agent backup new-key {_KEY}")
    recipient = re.search(r"age1\w+", told)
    pair.expect(recipient is not None, f"no public key: {told}")
    run(
        f"mkdir -p {_DISK} && mount -t tmpfs -o size=256m tmpfs {_DISK}"
        f" && install -d -o store-agent -g store-agent -m 700 {_DISK}"
    )
    settings = _SETTINGS.format(disk=_DISK, recipient=recipient and recipient[0])
    pair.store.write_settings("backup", settings)
    run("systemctl restart store-agent")


def _wait_for_a_backup(pair: Pair) -> float:
    return pair.store.wait(f"ls {_DISK} | grep -q age$ || ! sleep 1", timeout_s=_BY_ITSELF_S)


def _make_and_verify(pair: Pair) -> None:
    made = json.loads(pair.store.command("backup now --json"))
    kept = json.loads(pair.store.command("backup list --json"))
    # Of a day the newest is enough.
    pair.expect([one["file"] for one in kept] == [made["good"]["file"]], f"kept: {kept}")
    pair.store.command("backup verify")
    content = json.loads(pair.store.command(f"backup verify --json --key - <{_KEY}"))["content"]
    pair.expect(content["seq"] == made["good"]["seq"], f"{content} in {made}")


def _bring_in_what_was_set_aside(pair: Pair) -> None:
    """With the shop shut, and twice, which must double nothing."""
    pair.store.wait_until_synced()
    pair.store.machine.run("systemctl stop store-agent")
    file = pair.store.machine.run(f"ls {_SET_ASIDE}/*/store.db").strip()
    first, again = (_recover(pair, file) for _ in range(2))
    pair.store.machine.run("systemctl start store-agent")
    pair.note(f"recover: {first['recorded']} events brought in, {first['known']} known")
    pair.expect(first["recorded"] > 0 and not first["lost"], f"recover: {first}")
    pair.expect(again["recorded"] == 0, f"recover, run again: {again}")


def _recover(pair: Pair, file: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(pair.store.command(f"recover {file} --json"))
    return told


def _doctor(pair: Pair) -> str:
    return pair.store.attempt("doctor --json --only journal")[1]


def _sell(pair: Pair, sales: int) -> None:
    with pair.selling() as till:
        till.wait_for(sales)


CASES = (
    Case(
        name="backup",
        what="backed up by the service and by hand; restored offline; recover brings in the rest",
        expected="each backup opens and holds; nothing sold before or after is lost or doubled",
        run=_set_back,
    ),
    Case(
        name="damaged",
        what="store.db is damaged while head office is away; recover",
        expected="it sells from a fresh database; nothing answered is lost or doubled",
        run=_damaged,
    ),
)
