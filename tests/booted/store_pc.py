"""A store PC, booted: store-agent from its package."""

import json
import shlex
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from tests.booted.head_office import URL
from tests.booted.machine import Machine, MachineError
from tests.booted.selling import Sold
from tests.booted.till_load import sale_of

STATE = "/var/lib/store-agent"
API = "http://127.0.0.1:8770"
CASHIER_PIN = "246810"
_AGENT = "cd / && runuser -u store-agent -- store-agent"
_POLL_S = 0.2


class StorePc:
    """What store IT does on the machine, and what it sees there."""

    def __init__(self, machine: Machine, *, key: str = "") -> None:
        """`key` is the POS's for the local API."""
        self.machine = machine
        self.key = key

    def enrol(self, code: str) -> None:
        """Make it the store's; the service is started."""
        self.write_settings("store", '[store]\nname = "徐家汇店"\n')
        self.machine.run(f"store-agent enroll {code} --hq {URL}")

    def hq_key(self) -> str:
        """The PC's private key for head office."""
        told = json.loads(self.machine.run("cat /var/lib/store-agent/enrolment.json"))
        return str(told["private_key"])

    def let_in(self) -> None:
        """Make the POS's key and a cashier; the agent must run."""
        self.key = self.command("api-key add pos-1").split()[-1]
        self.machine.run(f"{_AGENT} cashier add 1001 --name 安娜 --pin-stdin <<<{CASHIER_PIN}")

    def write_settings(self, name: str, toml: str) -> None:
        """Write a drop-in file of settings, readable by all."""
        self.machine.run(
            f"install -m 644 /dev/stdin /etc/store-agent/agent.toml.d/{name}.toml <<'T'\n{toml}T"
        )

    def write_drop_in(self, name: str, unit_text: str) -> None:
        """Write a drop-in of the service and let systemd read it; takes effect at a restart."""
        directory = "/etc/systemd/system/store-agent.service.d"
        self.machine.run(
            f"mkdir -p {directory} && cat >{directory}/{name}.conf <<'T'\n{unit_text}T\n"
            "systemctl daemon-reload"
        )

    def command(self, arguments: str, *, environment: str = "") -> str:
        """Run a command of store-agent as the service's user; return what it said.

        `environment` is what `env` takes before a command.
        """
        as_service = f"cd / && runuser -u store-agent -- env {environment}"
        return self.machine.run(f"{as_service} store-agent {arguments}")

    def attempt(self, arguments: str) -> tuple[int, str]:
        """The same, of a command that may fail: its exit status and what it said."""
        done = self.machine.attempt(f"{_AGENT} {arguments}")
        return done.returncode, done.stdout

    def status(self) -> dict[str, Any]:
        """What the running agent says of itself."""
        told: dict[str, Any] = json.loads(self.command("status --json"))
        return told

    def unit(self, field: str) -> str:
        """A property of the service, as systemd tells it."""
        return self.machine.run(f"systemctl show --value -p {field} store-agent").strip()

    def main_pid(self) -> int:
        """The agent's process id inside; 0 when none runs."""
        return int(self.unit("MainPID"))

    def restarts(self) -> int:
        """How often systemd has started it anew by itself."""
        return int(self.unit("NRestarts"))

    def journal(self, options: str = "") -> str:
        """What the agent and systemd wrote of the service since the boot."""
        return self.machine.run(f"journalctl -u store-agent -b --no-pager -o cat {options}")

    def wait_for_exchange(self, state: str) -> None:
        """Return when the running agent says that it stands so with head office."""
        self.wait(
            f"""store-agent status --json | grep -q '"exchange": *{{[^}}]*"state": *"{state}"'"""
        )

    def pending(self) -> int:
        """Events that head office has not acknowledged."""
        return int(json.loads(self.command("outbox list --json --limit 1"))["pending"])

    def answer(self, path: str, *, timeout_s: float = 10, key: bool = True) -> tuple[int, str]:
        """Status and body of a GET of the local API; status 0 when nothing answers."""
        access = f"-H 'Authorization: Bearer {self.key}'" if key else ""
        told = self.machine.attempt(
            f"curl -s -m {timeout_s:g} {access} -w '\\n%{{http_code}}' {API}{path}",
            timeout_s=timeout_s + 10,
        ).stdout
        body, _, status = told.rpartition("\n")
        return int(status or 0), body

    def sell_again(self, sale: Sold) -> dict[str, Any]:
        """Ask once more under the key of a sale; return the answer."""
        return self.post("/api/v1/sales", sale_of(sale.price_fen), key=sale.key)

    def post(self, path: str, body: Mapping[str, object], *, key: str = "") -> dict[str, Any]:
        """Ask the local API; return its answer. `key` is the Idempotency-Key, else a new one."""
        told: dict[str, Any] = json.loads(
            self.machine.run(
                f"curl -s -m 60 --fail-with-body -H 'Authorization: Bearer {self.key}'"
                f" -H 'Content-Type: application/json' -H 'Idempotency-Key: {key or uuid4()}'"
                f" -d {shlex.quote(json.dumps(body))} {API}{path}"
            )
        )
        return told

    def wait_until_synced(self, *, timeout_s: float = 180) -> None:
        """Return when head office has acknowledged every event."""
        until = time.monotonic() + timeout_s
        while waiting := self.pending():
            if time.monotonic() > until:
                raise MachineError(f"{waiting} events still wait after {timeout_s:g} s")
            time.sleep(_POLL_S)

    def wait_until_active(self, *, timeout_s: float = 180) -> float:
        """Return when the service is up; the seconds that it took."""
        return self.wait("systemctl is-active -q store-agent", timeout_s=timeout_s)

    def wait(self, command: str, *, timeout_s: float = 180) -> float:
        """Return when a line of shell succeeds; the seconds that it took."""
        started = time.monotonic()
        while (done := self.machine.attempt(command)).returncode:
            if time.monotonic() - started > timeout_s:
                said = f"{done.stdout}\n{self.journal('-n 15')}"
                raise MachineError(f"not in {timeout_s:g} s: {command}\n{said}")
            time.sleep(_POLL_S)
        return time.monotonic() - started
