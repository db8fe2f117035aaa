"""What the journal holds, and what it must not."""

import json
import time

from tests.booted.case import Case
from tests.booted.pair import Pair
from tests.booted.store_pc import CASHIER_PIN

_PHONE = "13812345678"
_SILENT_S = 60
_LINES_AT_MOST = 10
_LISTENER = (
    "python3 -c \"import socket,time; s=socket.create_server(('10.77.0.1', 8780));"
    ' kept=[]\nwhile True: kept.append(s.accept())"'
)


def _secrets(pair: Pair) -> None:
    token = _used_everywhere(pair)
    with pair.selling() as till:
        till.wait_for(20)
    hq_key = pair.store.hq_key()
    own_key = pair.store.machine.run("cat /var/lib/store-agent/api.key").strip()
    secrets = {
        "the POS's key": pair.store.key,
        "the key for head office": hq_key,
        "the PC's own key": own_key,
        "a coupon's code": token,
        "a PIN": CASHIER_PIN,
        "a phone number": _PHONE,
        "the pepper": pair.store.machine.run(
            "od -An -tx1 /var/lib/store-agent/pepper | tr -d ' \\n'"
        ),
    }
    searched = 0
    for machine in (pair.store.machine, pair.hq.machine):
        told = machine.run("journalctl --no-pager -o json -a", timeout_s=240)
        searched += told.count("\n")
        for what, secret in secrets.items():
            pair.expect(secret not in told, f"{what} is in the journal of {machine.name}")
    pair.note(f"{searched} lines searched")
    pid = pair.store.main_pid()
    seen = pair.store.machine.run(f"tr '\\0' '\\n' </proc/{pid}/environ; cat /proc/{pid}/cmdline")
    for what, secret in secrets.items():
        pair.expect(secret not in seen, f"{what} is in the environment or the command line")


def _used_everywhere(pair: Pair) -> str:
    """Let a coupon, a phone number and a wrong key pass through; return the coupon's code."""
    token = pair.hq.command("issue --campaign 1 --store MB001 --count 1").split()[-1]
    post = (
        "curl -s -o /dev/null -X POST -H 'Content-Type: application/json'"
        " http://127.0.0.1:8770/api/v1"
    )
    access = f"-H 'Authorization: Bearer {pair.store.key}'"
    for code in (token, token[:-1], _PHONE):
        pair.store.machine.run(f"{post}/scans {access} -d '{json.dumps({'code': code})}'")
    pair.store.machine.run(
        f"{post}/sessions -d '{json.dumps({'cashier': '1001', 'pin': CASHIER_PIN})}'"
    )
    pair.store.machine.run(f"{post}/scans -H 'Authorization: Bearer {pair.store.key}x' -d '{{}}'")
    return token


def _silent_hq(pair: Pair) -> None:
    pair.hq.machine.run("systemctl stop store-hq")
    pair.hq.machine.run(f"systemd-run -q --unit=silent {_LISTENER}")
    with pair.selling() as till:
        till.wait_for(20)
        before = _loud(pair)
        time.sleep(_SILENT_S)  # what is counted is what is written in this time
        written = _loud(pair) - before
        till.wait_for(20)
        pair.hq.machine.run("systemctl stop silent; systemctl start store-hq")
    pair.note(f"{written} warnings in {_SILENT_S} s")
    pair.expect(written <= _LINES_AT_MOST, f"{written} warnings in {_SILENT_S} s")


def _loud(pair: Pair) -> int:
    return len(pair.store.journal("-p warning").splitlines())


CASES = (
    Case(
        name="secrets",
        what="keys, a PIN, a coupon and a phone number in use",
        expected="none of them in a journal, the environment or the command line",
        run=_secrets,
    ),
    Case(
        name="silent-hq",
        what="head office's port takes connections and never answers",
        expected=f"at most {_LINES_AT_MOST} warnings in {_SILENT_S} s",
        run=_silent_hq,
    ),
)
