"""Head office on a booted system: store-hq from its package, with Debian's PostgreSQL."""

import json
import shlex
from pathlib import Path

from tests.booted.machine import Machine
from tests.booted.network import HQ_ADDRESS

STORE = "MB001"
URL = f"http://{HQ_ADDRESS}:8780"
_SETTINGS = f"""\
[server]
host = "{HQ_ADDRESS}"
"""
_ARTICLES = "sku,name,price,gtin\nA001,苹果,12.00,\nA002,牛奶,5.50,6901234567892\n"
_AS_HQ = "cd / && runuser -u store-hq --"


class HeadOffice:
    """What head office's IT does on the machine, and what its tables say."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def install(self, package: Path) -> None:
        """Install the package and set head office up, as docs/store-it/head-office.md says."""
        run = self.machine.run
        run("systemctl start postgresql")
        self.machine.install(package)
        run(f"cat >/etc/store-hq/hq.toml.d/network.toml <<'T'\n{_SETTINGS}T")
        run("cd / && runuser -u postgres -- createuser store-hq")
        run(
            "cd / && runuser -u postgres -- createdb --owner store-hq --encoding UTF8"
            " --locale C.UTF-8 --template template0 store_hq"
        )
        self.command("init")
        run("systemctl enable --now store-hq")

    def supply(self) -> None:
        """Give it a store, articles and coupons."""
        self.command(f"stores add {STORE}")
        self.machine.run(f"cat >/tmp/articles.csv <<'T'\n{_ARTICLES}T")
        self.command("articles import /tmp/articles.csv")
        self.command(f"stock set {STORE} A001=1000000")
        self.command("campaign add --name 'Spring 30-5' --rule 30:5 --class bound --ends 300d")

    def enrolment_code(self) -> str:
        """Return a code for the store's PC."""
        return str(json.loads(self.command(f"stores enrol {STORE} --json"))["code"])

    def command(self, arguments: str, *, timeout_s: float = 120) -> str:
        """Run a command of store-hq as the service's user; return what it said."""
        return self.machine.run(f"{_AS_HQ} store-hq {arguments}", timeout_s=timeout_s)

    def rows(self, sql: str) -> list[list[str]]:
        """The rows of a query, each value as text."""
        told = self.machine.run(f"{_AS_HQ} psql -qAtF '\t' store_hq -c {shlex.quote(sql)}")
        return [line.split("\t") for line in told.splitlines()]
