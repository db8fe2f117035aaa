"""The audit of a replay: what the tills were told, what the stores hold and what HQ holds agree.

*Lost* is a sale that a till was told is recorded and that HQ does not hold. *Duplicated* is an
event of HQ whose event id, sale id or receipt number it holds already.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from asyncpg import Connection

from agent.domain.line.chain import GENESIS, Envelope, line_hash
from agent.domain.line.events import EventKind
from agent.domain.selling.events import SaleRecorded
from agent.domain.selling.receipt import receipt_text
from tests.lab import books
from tests.lab.chain import Chain
from tests.lab.replay.issue import STOCK_PIECES
from tests.lab.replay.ledger import Ledger, Recorded
from tests.lab.store_site import StoreSite

_envelope = msgspec.json.Decoder(Envelope)
_sale = msgspec.json.Decoder(SaleRecorded)


@dataclass(kw_only=True)
class Audit:
    """What was found."""

    events_store: int = 0
    events_hq: int = 0
    lost: int = 0
    duplicated: int = 0
    cases: int = 0
    journal_hash_equal: bool = True
    faults: list[str] = field(default_factory=list)
    """What does not add up; empty when all is well."""

    def expect(self, store: str, what: str, expected: object, got: object) -> None:
        """Note a fault unless both are equal."""
        if expected != got:
            self.faults.append(f"{store}: {what}: {_told(expected, got)}")


async def audit(chain: Chain, ledger: Ledger, *, cases: int) -> Audit:
    """Compare all books; `cases` double uses have to be found."""
    found = Audit()
    sold: defaultdict[str, list[Recorded]] = defaultdict(list)
    for sale in ledger.sales:
        sold[sale.store].append(sale)
    all_cases: set[str] = set()
    async with chain.hq.connection() as connection:
        for site in chain.stores.values():
            await _audit_journal(found, connection, site, sold[site.code])
            await _audit_effects(found, connection, site.code, sold[site.code])
            all_cases |= await _audit_figures(found, connection, site, sold[site.code])
        await _audit_points(found, connection, ledger)
    found.cases = len(all_cases)
    found.expect("HQ", "cases", cases, found.cases)
    return found


async def _audit_journal(
    found: Audit, connection: Connection, site: StoreSite, sold: Sequence[Recorded]
) -> None:
    """Each acknowledged sale is in the store's journal and at HQ, once, in the same bytes."""
    at_store, at_hq = books.store_lines(site), await books.hq_lines(connection, site.code)
    found.events_store += len(at_store)
    found.events_hq += len(at_hq)
    acknowledged = Counter(sale.answer.sale_id for sale in sold)
    ids_at_hq = _sale_ids(at_hq)
    found.lost += sum(sale not in ids_at_hq for sale in acknowledged)
    found.duplicated += _repeats(at_hq)
    found.expect(site.code, "sales in the journal", acknowledged, _sale_ids(at_store))
    found.expect(site.code, "sales at HQ", acknowledged, ids_at_hq)
    if at_store != at_hq:
        found.faults.append(f"{site.code}: HQ's lines are not the journal's lines")
    verified = await books.verified(site)
    found.expect(site.code, "a whole journal", True, verified.whole)
    if not _is_chain(at_hq, last_seq=verified.last_seq, last_hash=verified.last_hash):
        found.journal_hash_equal = False
        found.faults.append(f"{site.code}: the hash of HQ's lines is not the journal's")


async def _audit_effects(
    found: Audit, connection: Connection, store: str, sold: Sequence[Recorded]
) -> None:
    """HQ's tables of sales and redemptions are what the tills were told."""
    sales = {
        sale.answer.sale_id: (sale.answer.discount_fen, sale.answer.payable_fen) for sale in sold
    }
    found.expect(store, "sales settled", sales, await books.hq_sales(connection, store))
    uses = {
        verdict.redemption_id: verdict.discount_fen
        for sale in sold
        for verdict in sale.answer.coupons
    }
    at_hq = await books.hq_redemptions(connection, store)
    found.expect(store, "redemptions", uses, at_hq)
    found.expect(store, "discount in fen", sum(uses.values()), sum(at_hq.values()))


async def _audit_figures(
    found: Audit, connection: Connection, site: StoreSite, sold: Sequence[Recorded]
) -> frozenset[str]:
    """Stock, points and cases are the same on both sides; return the cases."""
    at_hq, at_store = await books.hq_figures(connection, site.code), books.store_figures(site)
    pieces = Counter[str]()
    for sale in sold:
        for line in sale.lines:
            pieces[line.sku] += line.quantity
    stock = {sku: STOCK_PIECES - pieces[sku] for sku in at_hq.stock}
    found.expect(site.code, "stock at HQ", stock, at_hq.stock)
    found.expect(site.code, "stock in the store", stock, at_store.stock)
    found.expect(site.code, "members' points", at_hq.points, at_store.points)
    found.expect(site.code, "cases in the store", at_hq.cases, at_store.cases)
    status = await site.status()
    found.expect(site.code, "cases in the store's status", len(at_hq.cases), status.cases)
    found.expect(site.code, "events parked at HQ", 0, status.outbox.parked_at_hq)
    found.expect(site.code, "changes parked in the store", 0, status.outbox.parked_here)
    return at_hq.cases


async def _audit_points(found: Audit, connection: Connection, ledger: Ledger) -> None:
    earned = Counter[str]()
    for sale in ledger.sales:
        if sale.member_id is not None:
            earned[sale.member_id] += sale.answer.points_earned
    at_hq = await books.hq_points(connection)
    found.expect("HQ", "members' points", earned, Counter(at_hq))


def _sale_ids(lines: Iterable[bytes]) -> Counter[str | None]:
    return Counter(sale.sale_id for _, sale in _sales(lines))


def _repeats(lines: Iterable[bytes]) -> int:
    """How many sales have an id or a receipt number that an earlier one has."""
    seen: set[str] = set()
    repeats = 0
    for envelope, sale in _sales(lines):
        marks = {
            envelope.event_id,
            sale.sale_id,
            receipt_text(envelope.store, envelope.till, sale.receipt_no),
        }
        repeats += bool(marks & seen)
        seen |= marks
    return repeats


def _sales(lines: Iterable[bytes]) -> Iterable[tuple[Envelope, SaleRecorded]]:
    for line in lines:
        envelope = _envelope.decode(line)
        if envelope.kind == EventKind.SALE_RECORDED:
            yield envelope, _sale.decode(envelope.body)


def _is_chain(lines: Sequence[bytes], *, last_seq: int, last_hash: str) -> bool:
    """Whether the lines follow from each other, from the origin to exactly this end."""
    digest = GENESIS
    for seq, line in enumerate(lines, 1):
        envelope = _envelope.decode(line)
        if (envelope.seq, envelope.prev_hash) != (seq, digest.hex()):
            return False
        digest = line_hash(line)
    return (len(lines), digest.hex()) == (last_seq, last_hash)


def _told(expected: object, got: object) -> str:
    """What differs; of two mappings only how many entries, and the first."""
    if not isinstance(expected, Mapping) or not isinstance(got, Mapping):
        return f"expected {expected}, got {got}"
    keys = [key for key in expected.keys() | got.keys() if expected.get(key) != got.get(key)]
    first = min(keys, key=str)
    return (
        f"{len(keys)} differ, the first is {first}: "
        f"expected {expected.get(first)}, got {got.get(first)}"
    )
