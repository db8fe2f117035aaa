"""Refunds that give back what is not, or no longer, there to be given back.

Pieces that came back before: by a journal that the store no longer has. More money than the sale
brought, other articles, or a sale that HQ never heard of: by no honest store. The money was given
all the same, so the refund is kept as it is, shown as parked for people to look at, and moves
neither stock nor points. A refund of a sale that HQ holds and can't read is taken at its word.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
from asyncpg import Connection

from agent.domain.line.chain import Envelope
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded
from sync.hq.intake.parking import Parking
from sync.hq.intake.received import Received

REFUND_REPEATED = "refund_repeated"
REFUND_BEYOND_SALE = "refund_beyond_sale"
REFUND_OF_NOTHING = "refund_of_unknown_sale"
REFUNDS_KEPT = (REFUND_REPEATED, REFUND_BEYOND_SALE, REFUND_OF_NOTHING)
"""Codes of refunds that are kept, and move nothing."""

_EARLIER = """
SELECT line FROM refund JOIN event USING (store, epoch, seq)
WHERE store = $1 AND sale_id = ANY($2) AND NOT repeated
"""

_SALES = """
SELECT line FROM sale JOIN event USING (store, epoch, seq)
WHERE store = $1 AND sale_id = ANY($2)
"""

_UNREAD = """
SELECT DISTINCT id FROM parked JOIN event USING (store, epoch, seq), unnest($2::text[]) AS id
WHERE store = $1 AND code = ANY($3) AND position(convert_to(id, 'UTF8') IN line) > 0
"""
UNREADABLE = ("unknown_version", "body_malformed")

_envelope = msgspec.json.Decoder(Envelope)
_sale = msgspec.json.Decoder(SaleRecorded)
_refund = msgspec.json.Decoder(SaleRefunded)

Piece = tuple[int, str]
"""A line of a sale: its place, and its article."""


class Told(NamedTuple):
    """A refund, and the id of the event that tells it."""

    event_id: str
    refund: SaleRefunded


async def repeated_refunds(connection: Connection, batch: Received) -> Mapping[int, Parking]:
    """Return, by seq, the refunds of `batch` that give back what is not there.

    The store's position is locked. A refund that HQ holds already repeats nothing.
    """
    asked = dict(_refunds(batch))
    if not asked:
        return {}
    sale_ids = sorted({told.refund.sale_id for told in asked.values()})
    earlier = [
        Told(envelope.event_id, _refund.decode(envelope.body))
        for envelope in await _envelopes(connection, _EARLIER, batch.store, sale_ids)
    ]
    sold = [
        _sale.decode(envelope.body)
        for envelope in await _envelopes(connection, _SALES, batch.store, sale_ids)
    ]
    sold += _sales(batch, sale_ids)
    missing = set(sale_ids) - {sale.sale_id for sale in sold}
    unread = await _unread(connection, batch, missing) if missing else set()
    judged = {seq: told for seq, told in asked.items() if told.refund.sale_id not in unread}
    return _beyond(judged, earlier, sold)


def _refunds(batch: Received) -> Iterator[tuple[int, Told]]:
    for event, effects in zip(batch.events, batch.effects, strict=True):
        if effects.refund is not None:
            refund = _refund.decode(event.envelope.body)
            yield effects.seq, Told(event.envelope.event_id, refund)


def _sales(batch: Received, sale_ids: Sequence[str]) -> Iterator[SaleRecorded]:
    for event, effects in zip(batch.events, batch.effects, strict=True):
        if effects.sale_id in sale_ids:
            yield _sale.decode(event.envelope.body)


async def _unread(connection: Connection, batch: Received, sale_ids: Collection[str]) -> set[str]:
    """Return those of the sales whose events are held, or in the batch, and can't be read."""
    rows = await connection.fetch(_UNREAD, batch.store, list(sale_ids), UNREADABLE)
    unread: set[str] = {row["id"] for row in rows}
    for event, effects in zip(batch.events, batch.effects, strict=True):
        if effects.parking and effects.parking.code in UNREADABLE:
            unread |= {sale_id for sale_id in sale_ids if sale_id.encode() in event.line}
    return unread


async def _envelopes(
    connection: Connection, query: str, store: str, sale_ids: Sequence[str]
) -> Iterable[Envelope]:
    rows = await connection.fetch(query, store, sale_ids)
    return [_envelope.decode(row["line"]) for row in rows]


class _Left:
    """What is left of one sale to be given back."""

    def __init__(self, sale: SaleRecorded) -> None:
        self._pieces = Counter(
            {(place, line.sku): line.quantity for place, line in enumerate(sale.lines)}
        )
        self._fen = sale.payable_fen
        self._points = sale.points_earned
        self._member_id = sale.member_id

    def give_back(self, refund: SaleRefunded) -> None:
        """Take away what the refund gives back."""
        self._pieces.subtract(_pieces(refund))
        self._fen -= refund.refunded_fen

    def refusal(self, refund: SaleRefunded) -> Parking | None:
        """Return why the refund is more than there is."""
        pieces = _pieces(refund)
        if not pieces.keys() <= self._pieces.keys():
            return Parking(REFUND_BEYOND_SALE, f"sale {refund.sale_id} has no such line")
        if any(count > self._pieces[piece] for piece, count in pieces.items()):
            return Parking(REFUND_REPEATED, f"of sale {refund.sale_id}")
        if refund.refunded_fen > self._fen:
            return Parking(REFUND_BEYOND_SALE, f"sale {refund.sale_id} has {self._fen} fen left")
        if refund.points_back > self._points or refund.member_id != self._member_id:
            return Parking(REFUND_BEYOND_SALE, f"the points of sale {refund.sale_id} are others")
        return None


def _beyond(
    asked: Mapping[int, Told], earlier: Sequence[Told], sales: Iterable[SaleRecorded]
) -> Mapping[int, Parking]:
    left = {sale.sale_id: _Left(sale) for sale in sales}
    for told in earlier:
        if told.refund.sale_id in left:
            left[told.refund.sale_id].give_back(told.refund)
    known = {told.event_id for told in earlier}
    found: dict[int, Parking] = {}
    for seq, told in asked.items():
        if told.event_id in known:
            continue
        sale_id = told.refund.sale_id
        refusal = (
            left[sale_id].refusal(told.refund)
            if sale_id in left
            else Parking(REFUND_OF_NOTHING, f"HQ holds no sale {sale_id}")
        )
        if refusal:
            found[seq] = refusal
        else:
            left[sale_id].give_back(told.refund)
    return found


def _pieces(refund: SaleRefunded) -> Counter[Piece]:
    return Counter({(line.place, line.sku): line.quantity for line in refund.lines})
