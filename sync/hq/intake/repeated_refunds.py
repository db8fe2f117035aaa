"""Refunds that give pieces back which came back before: by a journal that the store no longer has.

The money was given a second time, so the refund is kept as it is, shown as parked for people to
look at, and moves neither stock nor points again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from asyncpg import Connection

from agent.domain.line.chain import Envelope
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded
from sync.hq.intake.effects import Parking
from sync.hq.intake.received import Received

REFUND_REPEATED = "refund_repeated"

_EARLIER = """
SELECT line FROM refund JOIN event USING (store, epoch, seq)
WHERE store = $1 AND sale_id = ANY($2) AND NOT repeated
"""

_SALES = """
SELECT line FROM sale JOIN event USING (store, epoch, seq)
WHERE store = $1 AND sale_id = ANY($2)
"""

_envelope = msgspec.json.Decoder(Envelope)
_sale = msgspec.json.Decoder(SaleRecorded)
_refund = msgspec.json.Decoder(SaleRefunded)

Piece = tuple[str, int]
"""A line: its sale, and its place in that."""


async def repeated_refunds(connection: Connection, batch: Received) -> Mapping[int, Parking]:
    """Return, by seq, the refunds of `batch` that give back more than is left of their sale.

    The store's position is locked. A refund that HQ holds already repeats nothing.
    """
    asked = dict(_refunds(batch))
    if not asked:
        return {}
    sale_ids = sorted({refund.sale_id for refund in asked.values()})
    earlier = [
        _refund.decode(body) for body in await _bodies(connection, _EARLIER, batch.store, sale_ids)
    ]
    if not earlier:
        return {}
    given_back = sorted({refund.sale_id for refund in earlier})
    sales = [
        _sale.decode(body) for body in await _bodies(connection, _SALES, batch.store, given_back)
    ]
    return _beyond(asked, earlier, sales)


def _refunds(batch: Received) -> Iterator[tuple[int, SaleRefunded]]:
    for event, effects in zip(batch.events, batch.effects, strict=True):
        if effects.refund is not None:
            yield effects.seq, _refund.decode(event.envelope.body)


async def _bodies(
    connection: Connection, query: str, store: str, sale_ids: Sequence[str]
) -> Iterable[msgspec.Raw]:
    rows = await connection.fetch(query, store, sale_ids)
    return [_envelope.decode(row["line"]).body for row in rows]


def _beyond(
    asked: Mapping[int, SaleRefunded],
    earlier: Sequence[SaleRefunded],
    sales: Sequence[SaleRecorded],
) -> Mapping[int, Parking]:
    left = Counter[Piece]()
    for sale in sales:
        left.update({(sale.sale_id, n): line.quantity for n, line in enumerate(sale.lines)})
    known = {refund.refund_id for refund in earlier}
    for refund in earlier:
        left.subtract(_pieces(refund))
    found: dict[int, Parking] = {}
    for seq, refund in asked.items():
        pieces = _pieces(refund)
        if refund.refund_id in known or refund.sale_id not in {one.sale_id for one in sales}:
            continue
        if any(count > left[piece] for piece, count in pieces.items()):
            found[seq] = Parking(REFUND_REPEATED, f"of sale {refund.sale_id}")
        else:
            left.subtract(pieces)
    return found


def _pieces(refund: SaleRefunded) -> Counter[Piece]:
    return Counter({(refund.sale_id, line.place): line.quantity for line in refund.lines})
