"""The wallet's service beside head office's: a page for members, keys of its own, an end with the
package."""

import json

from tests.booted import tls_front
from tests.booted.case import Case
from tests.booted.machine import Machine
from tests.booted.pair import Pair

_UNIT = "store-hq-wallet"
_STATE = "/var/lib/store-hq"
_MEMBER = "member_id,tier,points\n0123456789abcdef01234567,gold,0\n"
_APT = "DEBIAN_FRONTEND=noninteractive apt-get -y -qq"


def _wallet(pair: Pair) -> None:
    tls_front.put_up(pair.hq)
    tls_front.believe(pair.store, pair.hq)
    run = pair.hq.machine.run
    run("store-hq keys add --wallet")
    run(f"systemctl enable --now {_UNIT} && systemctl is-active -q {_UNIT}")
    link = _link_of_a_member_with_a_coupon(pair)
    _binds(pair, link)
    _sees_no_key_of_the_other(pair)
    _stays_up(pair, link)
    _wrote_no_error(pair)
    pair.note(run(f"systemd-analyze security {_UNIT} --no-pager | tail -1").strip(" →\n"))
    _goes_with_the_package(pair)


def _link_of_a_member_with_a_coupon(pair: Pair) -> str:
    hq = pair.hq
    hq.machine.run(f"cat >/tmp/members.csv <<'T'\n{_MEMBER}T")
    hq.command("members import /tmp/members.csv")
    member = json.loads(hq.command("members list --json"))[0]["member_id"]
    hq.command(f"issue --campaign 1 --store MB001 --member {member}")
    link = json.loads(hq.command(f"members wallet-link {member} --json"))["url"]
    pair.expect(link.startswith(f"{tls_front.WALLET_URL}/wallet/"), f"the member's link: {link}")
    return str(link)


def _binds(pair: Pair, link: str) -> None:
    """A phone asks for the page, chooses the store, and is shown a code."""
    page = _page(pair, link)
    pair.expect("Spring 30-5" in page and "<svg" not in page, f"the page: {page[-800:]}")
    action = page.partition('action="')[2].partition('"')[0]
    told = _page(pair, tls_front.URL + action, "-L -d store=MB001")
    shown = _page(pair, link)
    pair.expect("<svg" in shown, f"no code after binding: {told[-800:]}")


def _sees_no_key_of_the_other(pair: Pair) -> None:
    """Neither process sees what the other signs by, whichever was made first."""
    machine = pair.hq.machine
    for unit, own, others in (
        (_UNIT, ("wallet",), ("keys", "answers.pem")),
        ("store-hq", ("answers.pem",), ("keys", "wallet")),
    ):
        for name in own:
            pair.expect(_size_seen(machine, unit, name) > 0, f"{unit} does not see its {name}")
        for name in others:
            pair.expect(_size_seen(machine, unit, name) == 0, f"{unit} sees {name}")
            pair.expect(bool(machine.run(f"ls -A {_STATE}/{name}")), f"there is no {name}")


def _size_seen(machine: Machine, unit: str, name: str) -> int:
    """How many bytes of a file, or files of a directory, the process has before it."""
    pid = machine.run(f"systemctl show --value -p MainPID {unit}").strip()
    place = f"{_STATE}/{name}"
    inside = f"if [ -d {place} ]; then ls -A {place} | wc -l; else wc -c <{place}; fi"
    return int(machine.run(f"nsenter -t {pid} -m sh -c '{inside}'"))


def _stays_up(pair: Pair, link: str) -> None:
    """Reloaded, killed, and with the machine: it answers again each time."""
    for done in (
        f"systemctl reload {_UNIT}",
        f"systemctl kill --signal=KILL {_UNIT}",
        "systemctl restart postgresql",
    ):
        pair.hq.machine.run(done)
        _wait_for_the_page(pair, link)
    pair.hq.machine.restart()
    _wait_for_the_page(pair, link)


def _wait_for_the_page(pair: Pair, link: str) -> None:
    pair.store.wait(f"{_CURL} -f -o /dev/null {link}")
    pair.expect("Spring 30-5" in _page(pair, link), "the page shows no coupon")


def _wrote_no_error(pair: Pair) -> None:
    read = f"journalctl -u {_UNIT} --no-pager -o cat"
    loud = pair.hq.machine.run(f"{read} -p err")
    pair.expect(not loud.strip(), f"in its journal: {loud[-800:]}")
    told = pair.hq.machine.run(read)
    pair.expect("listening" in told and "Traceback" not in told, f"its journal: {told[-800:]}")
    pair.expect("/wallet/" not in told, "a member's link is in its journal")


def _goes_with_the_package(pair: Pair) -> None:
    run = pair.hq.machine.run
    run(f"{_APT} remove store-hq", timeout_s=300)
    running = run("pgrep -u store-hq -a || true")
    pair.expect(not running, f"still runs: {running}")
    units = run("systemctl list-units --all --plain --no-legend 'store-hq*'; systemctl --failed -q")
    pair.expect("store-hq" not in units, f"systemd still has {units}")
    run(f"{_APT} purge store-hq", timeout_s=300)
    left = run("find /etc /usr /run -xdev -name '*store-hq*'")
    pair.expect(not left, f"left behind: {left}")
    pair.expect("keys" in run(f"ls {_STATE}"), "the signing keys are gone")


_CURL = "curl -s -m 20 --cacert /etc/store-agent/hq-root.pem"


def _page(pair: Pair, url: str, options: str = "") -> str:
    return pair.store.machine.run(f"{_CURL} --fail-with-body {options} '{url}'")


CASES = (
    Case(
        name="wallet",
        what="store-hq-wallet enabled beside HQ, behind TLS; reload, kill -9, PostgreSQL restarted,"
        " reboot; apt remove, purge",
        expected="a member's page answers each time, no process sees the other's keys, nothing is"
        " left",
        run=_wallet,
        judged=False,
    ),
)
