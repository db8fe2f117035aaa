"""The judgement after each case: all that was sold is at head office once, the chain holds."""

import base64
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.domain.line.chain import GENESIS, line_hash
from tests.booted.head_office import STORE, HeadOffice
from tests.booted.selling import Sold
from tests.booted.store_pc import StorePc

DRAIN_TIMEOUT_S = 300.0
_POLL_S = 0.5
# The journal as it stands: at each place the newest epoch that began before it.
_EVENTS = f"""
SELECT v.epoch, v.seq, encode(v.hash, 'hex'), replace(encode(v.line, 'base64'), E'\\n', '')
FROM event v JOIN store_epoch e USING (store, epoch)
WHERE v.store = '{STORE}' AND e.base_seq < v.seq AND NOT EXISTS (
    SELECT FROM store_epoch o
    WHERE o.store = v.store AND o.epoch > v.epoch AND o.base_seq < v.seq)
ORDER BY v.seq
"""
_SALES = f"SELECT sale_id FROM sale WHERE store = '{STORE}'"
_ASIDE = "SELECT (SELECT count(*) FROM parked), (SELECT count(*) FROM quarantine)"


@dataclass(kw_only=True)
class Verdict:
    """What was found."""

    answered: int
    """Sales that the till was told are recorded."""
    events: int = 0
    """Of the journal, at head office."""
    complaints: list[str] = field(default_factory=list)
    """What is not as it must be; empty when all is well."""


def judge(store: StorePc, hq: HeadOffice, sold: Sequence[Sold]) -> Verdict:
    """Wait until head office has acknowledged the journal, then compare both sides.

    `sold` are all sales that were answered since the systems were installed; every sale that was
    begun must be among them.
    """
    verdict = Verdict(answered=len(sold))
    complain = verdict.complaints.append
    if (pending := _drained(store)) != 0:
        complain(f"{pending} events did not reach head office in {DRAIN_TIMEOUT_S:g} s")
    told = json.loads(store.attempt("outbox verify --json")[1])
    if not told["whole"]:
        complain(f"the store's journal: {told['broken']}")
    events = hq.rows(_EVENTS)
    verdict.events = len(events)
    verdict.complaints += compare_chain(events, last=(told["last_seq"], told["last_hash"]))
    verdict.complaints += compare_sales(Counter(row[0] for row in hq.rows(_SALES)), sold)
    parked, quarantined = hq.rows(_ASIDE)[0]
    if (parked, quarantined) != ("0", "0"):
        complain(f"parked {parked}, quarantined {quarantined}")
    return verdict


def _drained(store: StorePc) -> int:
    until = time.monotonic() + DRAIN_TIMEOUT_S
    while (pending := store.pending()) and time.monotonic() < until:
        time.sleep(_POLL_S)
    return pending


def compare_chain(events: Sequence[Sequence[str]], *, last: tuple[int, str]) -> list[str]:
    """What is wrong with head office's copy of the journal, recomputed from its lines."""
    previous = GENESIS.hex()
    for expected, (_, seq, held, line) in enumerate(events, start=1):
        content = base64.b64decode(line)
        if int(seq) != expected:
            return [f"head office has no event {expected} where it has {seq}"]
        if line_hash(content).hex() != held or json.loads(content)["prev_hash"] != previous:
            return [f"head office's chain breaks at {seq}"]
        previous = held
    if (len(events), previous) != last:
        return [f"the journals end differently: {(len(events), previous)} and {last}"]
    return []


def compare_sales(at_hq: Counter[str], sold: Sequence[Sold]) -> list[str]:
    """What is wrong with head office's sales, counted by id, beside those that were answered."""
    answered = Counter(sale.sale_id for sale in sold)
    receipts = {sale.receipt for sale in sold}
    found = {
        "answered, and not at head office": set(answered) - set(at_hq),
        "at head office more than once": {sale for sale, n in at_hq.items() if n > 1},
        "at head office, and answered to nobody": set(at_hq) - set(answered),
        "answered under two keys": {sale for sale, n in answered.items() if n > 1},
    }
    complaints = [f"{len(sales)} sales {what}" for what, sales in found.items() if sales]
    if len(receipts) != len(sold):
        complaints.append(f"{len(sold) - len(receipts)} receipt numbers given twice")
    return complaints
