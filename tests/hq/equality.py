"""Do a store and head office hold the same? The check that every test of exactly-once ends with."""

from collections import Counter

import msgspec

from agent.domain.line.chain import Envelope
from agent.domain.line.events import EventKind
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded
from tests.hq.head_office import HeadOffice
from tests.hq.journal import Journal

_STANDING = """
SELECT e.seq, e.line FROM event e
WHERE e.store = $1 AND e.epoch = (
    SELECT max(epoch) FROM store_epoch s WHERE s.store = $1 AND s.base_seq < e.seq)
ORDER BY e.seq
"""


async def differences(hq: HeadOffice, journal: Journal) -> list[str]:
    """What differs between the store's journal with its figures, and HQ's; empty if nothing."""
    found = []
    held = await hq.rows(_STANDING, journal.store)
    if held != list(enumerate(journal.lines, 1)):
        found.append(f"journal: {len(journal.lines)} events at the store, {len(held)} at HQ")
    sold = _sold(journal)
    refunds = await hq.count("refund", f"store = '{journal.store}'")
    if refunds != len(_refunds(journal)):
        found.append(f"refunds: {len(_refunds(journal))} at the store, {refunds} at HQ")
    stock = dict(await hq.rows("SELECT sku, -quantity FROM stock WHERE store = $1", journal.store))
    if stock != sold:
        found.append(f"stock: {sold} sold at the store, {stock} at HQ")
    sales = await hq.count("sale", f"store = '{journal.store}'")
    if sales != len(_sales(journal)):
        found.append(f"sales: {len(_sales(journal))} at the store, {sales} at HQ")
    return found


def _sold(journal: Journal) -> dict[str, int]:
    pieces: Counter[str] = Counter()
    for sale in _sales(journal):
        for line in sale.lines:
            pieces[line.sku] += line.quantity
    for refund in _refunds(journal):
        for back in refund.lines:
            pieces[back.sku] -= back.quantity
    return dict(pieces)


def _sales(journal: Journal) -> list[SaleRecorded]:
    return [
        msgspec.json.decode(envelope.body, type=SaleRecorded)
        for envelope in _envelopes(journal, EventKind.SALE_RECORDED)
    ]


def _refunds(journal: Journal) -> list[SaleRefunded]:
    return [
        msgspec.json.decode(envelope.body, type=SaleRefunded)
        for envelope in _envelopes(journal, EventKind.SALE_REFUNDED)
    ]


def _envelopes(journal: Journal, kind: EventKind) -> list[Envelope]:
    envelopes = (msgspec.json.decode(line, type=Envelope) for line in journal.lines)
    return [envelope for envelope in envelopes if envelope.kind == kind]
