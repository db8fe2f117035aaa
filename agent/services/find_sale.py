"""Find a sale: what was recorded, and how far it has come on its way to HQ."""

from enum import StrEnum

import msgspec
from msgspec import Struct

from agent.domain.events import SaleRecorded
from agent.domain.receipt import receipt_text
from agent.services.errors import UnknownSaleError
from agent.services.store_desk import StoreDesk
from agent.store import journal, sales, sync_state
from agent.store.sqlite import Connection

_sale = msgspec.json.Decoder(SaleRecorded)


class ReceiptState(StrEnum):
    """How far a receipt has come (promise 6, docs/architecture.md).

    Saved it is before anybody is told of it.
    """

    TO_BE_SYNCED = "to_be_synced"
    """待同步: on this PC's disk, not yet at HQ."""
    CONFIRMED = "confirmed"
    """总部已确认: HQ holds it."""
    TRAINING = "training"
    """培训: practised; it stays on this PC."""


class FoundSale(Struct, frozen=True, kw_only=True):
    """A sale as recorded."""

    receipt: str
    state: ReceiptState
    seq: int
    sale: SaleRecorded | None
    """None when the journal row was pruned: confirmed, backed up and past its retention."""


async def find_sale(desk: StoreDesk, sale_id: str) -> FoundSale:
    """Return the sale; raise UnknownSaleError."""
    return await desk.database.read(lambda db: _find(desk, db, sale_id))


def _find(desk: StoreDesk, db: Connection, sale_id: str) -> FoundSale:
    found = sales.find(db, sale_id)
    if found is None:
        raise UnknownSaleError("no such sale was made in this store")
    body = journal.body_at(db, found.seq)
    return FoundSale(
        receipt=receipt_text(desk.name, found.till, found.receipt_no),
        state=_state(desk, db, found.seq),
        seq=found.seq,
        sale=_sale.decode(body) if body else None,
    )


def _state(desk: StoreDesk, db: Connection, seq: int) -> ReceiptState:
    if desk.training:
        return ReceiptState.TRAINING
    confirmed = seq <= sync_state.get(db).acked.seq
    return ReceiptState.CONFIRMED if confirmed else ReceiptState.TO_BE_SYNCED
