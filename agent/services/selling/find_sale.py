"""Find a sale: what was recorded, what came back of it, and how far it is on its way to HQ."""

from enum import StrEnum

import msgspec
from msgspec import Struct

from agent.domain.coupons.events import Redemption
from agent.domain.line.past import seq_in_journal
from agent.domain.selling.events import SaleRecorded
from agent.domain.selling.receipt import receipt_text
from agent.services.desk.store_desk import StoreDesk
from agent.services.selling.errors import UnknownSaleError
from agent.store import refunds
from agent.store.coupons import campaigns
from agent.store.line import journal, sync_state
from agent.store.selling import sales
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


class FoundRefund(Struct, frozen=True, kw_only=True):
    """A refund of the sale."""

    refund_id: str
    receipt: str
    refunded_fen: int
    state: ReceiptState
    seq: int


class FoundCoupon(Struct, frozen=True, kw_only=True):
    """A coupon that was used in the sale."""

    campaign_name: str
    """Empty: this store does not know the campaign any more."""
    discount_fen: int
    at_risk: bool
    """Taken before head office could confirm it."""


class FoundSale(Struct, frozen=True, kw_only=True):
    """A sale as recorded."""

    receipt: str
    state: ReceiptState
    seq: int
    sale: SaleRecorded | None
    """None when the journal row was pruned: confirmed, backed up and past its retention."""
    coupons: tuple[FoundCoupon, ...]
    refunds: tuple[FoundRefund, ...]
    """What came back of it, the first one first."""
    refunded_fen: int
    """Of all of them."""


async def find_sale(desk: StoreDesk, sale_id: str) -> FoundSale:
    """Return the sale; raise UnknownSaleError."""
    return await desk.database.read(lambda db: _find(desk, db, sale_id))


def state_of(desk: StoreDesk, db: Connection, seq: int) -> ReceiptState:
    """Return how far the event at `seq` has come."""
    if desk.training:
        return ReceiptState.TRAINING
    confirmed = seq <= sync_state.get(db).acked.seq
    return ReceiptState.CONFIRMED if confirmed else ReceiptState.TO_BE_SYNCED


def unknown_sale(db: Connection) -> UnknownSaleError:
    """Return the error for a sale that is not known here."""
    if sync_state.awaits_past(db):
        return UnknownSaleError(
            "not known here yet: this PC is new, or its disk was set back, and head office has yet "
            "to tell it what was sold before; try again when the line is there"
        )
    return UnknownSaleError(
        "no such sale is known in this store; what was sold long before its PC was replaced is at "
        "head office"
    )


def _find(desk: StoreDesk, db: Connection, sale_id: str) -> FoundSale:
    found = sales.find(db, sale_id)
    if found is None:
        raise unknown_sale(db)
    body = journal.body_at(db, found.seq)
    sale = _sale.decode(body) if body else None
    back = refunds.of_sale(db, sale_id)
    return FoundSale(
        receipt=receipt_text(desk.name, found.till, found.receipt_no),
        state=state_of(desk, db, found.seq),
        seq=seq_in_journal(found.seq),
        sale=sale,
        coupons=tuple(_coupon(db, use) for use in sale.redemptions) if sale else (),
        refunds=tuple(_refund(desk, db, kept) for kept in back),
        refunded_fen=sum(kept.refunded_fen for kept in back),
    )


def _coupon(db: Connection, use: Redemption) -> FoundCoupon:
    campaign = campaigns.campaign(db, use.campaign)
    return FoundCoupon(
        campaign_name=campaign.name if campaign else "",
        discount_fen=use.discount_fen,
        at_risk=use.at_risk,
    )


def _refund(desk: StoreDesk, db: Connection, kept: refunds.Kept) -> FoundRefund:
    return FoundRefund(
        refund_id=kept.refund_id,
        receipt=receipt_text(desk.name, kept.till, kept.receipt_no),
        refunded_fen=kept.refunded_fen,
        state=state_of(desk, db, kept.seq),
        seq=seq_in_journal(kept.seq),
    )
