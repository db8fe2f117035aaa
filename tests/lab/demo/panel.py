"""The demo's panel: where everything is, and what to try next, ready to be pasted."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sync.protocol.changes import ArticleChange
from tests.lab.chain import Chain
from tests.lab.demo.controls import is_terminal
from tests.lab.demo.supply import PEOPLE

FIRST, SECOND = "MB001", "MB002"
"""The store that the examples are in, and whose line is cut; and another."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """What the examples sell, and the coupons for it."""

    desk_url: str
    """Where codes are held before the scanner, and receipts come out."""
    token: str
    """A fresh coupon for FIRST alone."""
    promotion: str
    """Its promotion's name."""
    payable_fen: int
    """What the basket comes to with it."""
    chain_wide: str
    """A fresh coupon that is good in every store."""
    chain_wide_payable_fen: int
    member_id: str
    articles: tuple[ArticleChange, ...]
    """One piece of each is bought."""
    key: str
    """What the Idempotency-Keys begin with."""

    @property
    def lines(self) -> str:
        """The basket, as JSON."""
        lines = [{"sku": article.sku, "quantity": 1} for article in self.articles]
        return msgspec.json.encode(lines).decode()


def panel(chain: Chain, example: Example) -> Iterator[str]:
    """Yield the lines."""
    yield from _till(chain, example)
    yield from _addresses(chain)
    yield from _sale(chain, example)
    yield from _cut(chain, example)
    yield from _commands(chain)
    yield ""
    yield "Ctrl-C stops everything and keeps the data; ./run demo --fresh begins anew."


def shown(path: Path) -> str:
    """A path as it is pasted into a terminal in this directory."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def program(name: str) -> str:
    """An installed command as it is pasted into a terminal in this directory."""
    return shown(Path(sys.executable).with_name(name))


def _till(chain: Chain, example: Example) -> Iterator[str]:
    yield ""
    yield "# Be the cashier: open both in a browser, side by side 收银台与柜台"
    yield f"{example.desk_url}  the desk: customers' codes, the line, the receipt printer"
    yield f"{chain.stores[FIRST].url}/  the till: sign in with {PEOPLE[0].number} and its PIN"
    yield from (
        f"    {person.number} {person.name}, PIN {person.pin} ({person.role})" for person in PEOPLE
    )


def _addresses(chain: Chain) -> Iterator[str]:
    yield ""
    yield "# Where everything is; the same people sign in at each store"
    for site in chain.stores.values():
        yield f"{site.code} {site.place.name}"
        yield f"    {site.url}  key in {shown(site.place.api_key_file)}"
    yield "总部 head office"
    yield f"    {chain.hq.url}  its stores' keys are in enrolment.json beside theirs"
    yield f"    its database: {chain.hq.dsn}"


def _sale(chain: Chain, example: Example) -> Iterator[str]:
    site = chain.stores[FIRST]
    goods = " + ".join(article.name for article in example.articles)
    yield ""
    yield f"# Or be the POS: paste into another terminal, in {Path.cwd()}"
    yield f"KEY=$(cat {shown(site.place.api_key_file)})"
    yield f"API={site.url}/api/v1"
    yield (
        'till() { curl -sS -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" '
        '"$@"; echo; }'
    )
    yield f"TOKEN={example.token}"
    yield f"# scan a coupon, {example.promotion}: accepted, and what comes off"
    yield f'till $API/scans -d \'{{"code": "\'$TOKEN\'", "lines": {example.lines}}}\''
    yield f"# sell {goods} with it, to a member: recorded. Twice the same line: one sale"
    member = f'"member_id": "{example.member_id}", '
    sale = _paid(example, "TOKEN", example.payable_fen, also=member)
    yield f"till $API/sales -H 'Idempotency-Key: {example.key}-1' {sale}"
    yield "# scan it again: refused, already_used, and the receipt that it was used on"
    yield "till $API/scans -d '{\"code\": \"'$TOKEN'\"}'"


def _cut(chain: Chain, example: Example) -> Iterator[str]:
    yield ""
    yield f"# Cut the line of {FIRST} to head office, and go on selling"
    if is_terminal():
        yield "# (keys in this window: c cut, m mend, s how all stores stand, q quit)"
    yield f"kill -USR1 {os.getpid()}; sleep 1"
    second = chain.stores[SECOND]
    sale = _paid(example, "CHAIN", example.chain_wide_payable_fen)
    yield f"CHAIN={example.chain_wide}"
    yield "# a coupon that is good in every store: accepted_at_risk, until HQ has confirmed it"
    yield f"till $API/sales -H 'Idempotency-Key: {example.key}-2' {sale}"
    yield f"# the same coupon in {SECOND}, which can't know: the sale stands too"
    yield (
        f"KEY=$(cat {shown(second.place.api_key_file)}) "
        f"till {second.url}/api/v1/sales -H 'Idempotency-Key: {example.key}-3' {sale}"
    )
    yield "# mend the line: head office finds the double use, and says whose loss it is"
    yield f"kill -USR2 {os.getpid()}; sleep 3"
    yield f"{program('store-hq')} cases list --config {shown(chain.hq.config_file)}"


def _paid(example: Example, token: str, payable_fen: int, *, also: str = "") -> str:
    """curl's argument of a paid sale with the coupon in the shell variable `token`."""
    return (
        f'-d \'{{"till": "T1", "cashier": "C1", "lines": {example.lines}, {also}'
        f'"coupons": ["\'${token}\'"], '
        f'"tenders": [{{"kind": "wechat", "amount_fen": {payable_fen}}}]}}\''
    )


def _commands(chain: Chain) -> Iterator[str]:
    agent = f"--config {shown(chain.stores[FIRST].place.config_file)}"
    hq = f"--config {shown(chain.hq.config_file)}"
    yield ""
    yield "# Look behind it"
    yield f"{program('store-agent')} status {agent}"
    yield f"{program('store-agent')} outbox list {agent}"
    yield f"{program('store-agent')} outbox verify {agent}"
    yield f"{program('store-hq')} stores list {hq}"
    yield f"{program('store-hq')} events list {hq}"
