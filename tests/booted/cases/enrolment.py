"""Who speaks for a store: a PC enrolled over TLS, another in its place, a key taken back."""

from tests.booted import tls_front
from tests.booted.case import Case
from tests.booted.head_office import STORE
from tests.booted.pair import Pair
from tests.booted.store_pc import STATE, StorePc

_PIN = "135790"
_WOKEN_S = 30.0
"""Within which a PC that is woken up knows what is new; one that is not asks each minute."""
_EXPORTED = "/root/unsent.db"


def _replaced(pair: Pair) -> None:
    old = pair.store
    tls_front.put_up(pair.hq)
    tls_front.believe(old, pair.hq)
    old.write_settings("urls", f'[hq]\nurls = ["{tls_front.URL}"]\n')
    old.machine.run("systemctl reload store-agent")
    _sell(pair)
    old.wait_until_synced()
    new = pair.until_judged.enter_context(pair.another_pc())
    _enrol(pair, new)
    _sell(pair)  # at the old one, which goes on
    old.wait_for_exchange("fenced")
    pair.expect(old.pending() > 0, "nothing waits at the PC that is fenced")
    _bring_over(pair, old, new)
    pair.store = new
    _sell(pair)
    pair.note(f"a new price came after {pair.change_price(within_s=_WOKEN_S):.0f} s")
    tls_front.point(new, main=False)
    _sell(pair)
    new.wait_until_synced()


def _enrol(pair: Pair, pc: StorePc) -> None:
    """By the command that head office prints."""
    tls_front.believe(pc, pair.hq)
    printed = pair.hq.command(f"stores enrol {STORE}").splitlines()[-1].strip()
    pair.expect(printed.endswith(f" --hq {tls_front.URL}"), f"head office prints: {printed}")
    told = pc.machine.run(printed)
    pair.expect(STORE in told, f"it says: {told}")
    owner = pc.machine.run(f"stat -c '%U %a' {STATE}/enrolment.json").strip()
    pair.expect(owner == "store-agent 600", f"the key's file is {owner}")
    pc.machine.run("systemctl is-enabled -q store-agent && systemctl is-active -q store-agent")
    again = pc.machine.attempt(printed)
    pair.expect(again.returncode == 3, f"the code again: {again.returncode}, {again.stdout}")
    pc.let_in()
    pc.wait_for_exchange("online")


def _bring_over(pair: Pair, old: StorePc, new: StorePc) -> None:
    """What the old PC had not sent, by the commands of docs/store-it/update.md."""
    waiting = old.pending()
    old.machine.run(f"store-agent outbox export {_EXPORTED}")
    old.machine.run("systemctl disable --now store-agent")
    new.machine.run(
        f"store-agent cashier add 2001 --name 王芳 --role supervisor --pin-stdin <<<{_PIN}"
    )
    stick = new.machine.bring(old.machine.root / _EXPORTED.lstrip("/"))
    new.machine.run("systemctl stop store-agent")
    new.machine.run(f"store-agent outbox import {stick} --supervisor 2001 --pin-stdin <<<{_PIN}")
    new.machine.run("systemctl start store-agent")
    pair.note(f"{waiting} events of the old PC brought in")


def _taken_back(pair: Pair) -> None:
    _sell(pair)
    pair.hq.command(f"stores revoke {STORE} --yes")
    _sell(pair)
    pair.store.wait_for_exchange("rejected")
    pair.expect(pair.store.pending() > 0, "nothing waits though the key counts no more")
    code = pair.hq.enrolment_code()
    pair.store.enrol(code)
    pair.store.wait_until_synced()
    _sell(pair)


def _sell(pair: Pair) -> None:
    with pair.selling() as till:
        till.wait_for(20)


CASES = (
    Case(
        name="replaced",
        what="over TLS, a second PC is enrolled for the store, then brings in what the first had"
        " not sent; the first address of head office goes away",
        expected="the first PC is fenced and sells on; nothing is lost or doubled",
        run=_replaced,
    ),
    Case(
        name="revoked",
        what="stores revoke in mid-sale, later the same PC is enrolled again",
        expected="it says so and sells on; what waited is sent",
        run=_taken_back,
    ),
)
