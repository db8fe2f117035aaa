"""Refundable: what of a sale may still come back, from the journal and the refunds so far."""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from agent.domain.coupons.campaign import bearing
from agent.domain.refunds.events import RefundedLine, SaleRefunded
from agent.domain.refunds.refund import Back, Bought, Reckoned, left_of, reckon
from agent.domain.selling.events import SaleRecorded, Tender
from agent.domain.selling.receipt import receipt_text
from agent.domain.selling.tenders import ways_back
from agent.domain.shares import Discount, net_of_lines
from agent.services.desk.errors import PastRetentionError
from agent.services.desk.store_desk import StoreDesk
from agent.services.refunds.earned import earned_of
from agent.services.selling.find_sale import unknown_sale
from agent.store import refunds
from agent.store.cash import shifts
from agent.store.coupons import campaigns
from agent.store.line import journal
from agent.store.selling import sales
from agent.store.sqlite import Connection

_sale = msgspec.json.Decoder(SaleRecorded)
_refund = msgspec.json.Decoder(SaleRefunded)


class LeftLine(Struct, frozen=True, kw_only=True):
    """A line of the sale, and what of it may still come back."""

    place: int
    """Of the line in the sale, from 0."""
    sku: str
    name: str
    sold: int
    """Pieces."""
    left: int
    """Pieces that did not come back yet."""
    amount_fen: int
    """What all that is left of it gives back."""


class Refundable(Struct, frozen=True, kw_only=True):
    """What of a sale may still come back."""

    sale_id: str
    receipt: str
    lines: tuple[LeftLine, ...]
    refundable_fen: int
    """What everything that is left gives back."""
    tenders: tuple[Tender, ...]
    """That sum in the ways by which it was paid."""
    void: bool
    """作废: to give all back now, at its own till, takes the whole sale out of its own shift."""


class Standing(Struct, frozen=True, kw_only=True):
    """A sale with what came back of it so far."""

    sale: SaleRecorded
    till: str
    bought: Bought
    earlier: tuple[Back, ...]
    refunds: tuple[SaleRefunded, ...]
    """The refunds of it so far."""
    in_open_shift: bool
    """The shift in which it was made is still open."""

    @property
    def left(self) -> dict[int, int]:
        """Pieces by place that may still come back."""
        return left_of(self.bought, self.earlier)

    @property
    def refunded_fen(self) -> int:
        """Given back so far."""
        return sum(back.amount_fen for back in self.earlier) - sum(self._taken().values())

    @property
    def tenders_back(self) -> tuple[Tender, ...]:
        """The ways in which money went back."""
        return tuple(tender for refund in self.refunds for tender in refund.tenders)

    def reckon(self, wanted: Mapping[int, int]) -> Reckoned:
        """Return what `wanted` pieces by place give back now; raise NotLeftError."""
        return reckon(self.bought, self.earlier, wanted, self._taken())

    def _taken(self) -> Counter[str]:
        """By promotion, what earlier refunds took off."""
        taken = Counter[str]()
        for refund in self.refunds:
            for one in refund.taken or ():
                taken[one.promotion] += one.fen
        return taken

    def ways_back(self, amount_fen: int) -> tuple[Tender, ...]:
        """Return `amount_fen` in the ways by which the sale was paid."""
        return ways_back(self.sale.tenders, self.tenders_back, amount_fen)

    def is_rest(self, lines: Sequence[RefundedLine]) -> bool:
        """Whether nothing of the sale is left without `lines`."""
        return {line.place: line.quantity for line in lines} == self.left

    def is_void(self, lines: Sequence[RefundedLine], till: str | None = None) -> bool:
        """Whether `lines` are the whole sale, given back at its own till (or None, not known yet)
        in its own shift."""
        pieces = {line.place: line.quantity for line in lines}
        sold = {place: line.quantity for place, line in enumerate(self.sale.lines)}
        return till in (None, self.till) and self.in_open_shift and pieces == sold


def standing_of(db: Connection, store: str, sale_id: str) -> Standing:
    """Return how the sale stands; raise UnknownSaleError or PastRetentionError."""
    found = sales.find(db, sale_id)
    if found is None:
        raise unknown_sale(db)
    body = journal.body_at(db, found.seq)
    if body is None:
        raise PastRetentionError("the sale is past its retention here; head office has it")
    sale = _sale.decode(body)
    shift = shifts.current(db, found.till)
    return Standing(
        sale=sale,
        till=found.till,
        bought=_bought(db, store, sale),
        earlier=refunds.pieces_back(db, sale_id),
        refunds=_refunds(db, sale_id),
        in_open_shift=shift is not None and shift.opened_seq < found.seq,
    )


async def refundable(desk: StoreDesk, sale_id: str) -> Refundable:
    """Return what may still come back; raise UnknownSaleError or PastRetentionError."""
    return await desk.database.read(lambda db: _refundable(desk, db, sale_id))


def _refundable(desk: StoreDesk, db: Connection, sale_id: str) -> Refundable:
    standing = standing_of(db, desk.store, sale_id)
    sale, left = standing.sale, standing.left
    everything = standing.reckon(left)
    amounts = {back.place: back.amount_fen for back in everything.lines}
    return Refundable(
        sale_id=sale_id,
        receipt=receipt_text(desk.name, standing.till, sale.receipt_no),
        lines=tuple(
            LeftLine(
                place=place,
                sku=line.sku,
                name=line.name,
                sold=line.quantity,
                left=left.get(place, 0),
                amount_fen=amounts.get(place, 0),
            )
            for place, line in enumerate(sale.lines)
        ),
        refundable_fen=everything.refunded_fen,
        tenders=standing.ways_back(everything.refunded_fen),
        void=standing.in_open_shift and not standing.earlier,
    )


def _bought(db: Connection, store: str, sale: SaleRecorded) -> Bought:
    return Bought(
        lines=sale.lines,
        net_fen=tuple(sale.net_fen() if sale.promotions else _net_by_coupons(db, sale)),
        earned=earned_of(store, sale),
        payable_fen=sale.payable_fen,
        points_earned=sale.points_earned,
        points_back=refunds.points_back(db, sale.sale_id),
    )


def _net_by_coupons(db: Connection, sale: SaleRecorded) -> list[int]:
    """Of a sale from before promotions, which says what each coupon took off and no more."""
    discounts = (
        Discount(fen=use.discount_fen, skus=_skus(db, use.campaign)) for use in sale.redemptions
    )
    return net_of_lines(sale.lines, discounts)


def _skus(db: Connection, number: int) -> tuple[str, ...]:
    """The articles that a coupon of the campaign was for; a campaign never changes its rule."""
    campaign = campaigns.campaign(db, number)
    return bearing(campaign) if campaign else ()


def _refunds(db: Connection, sale_id: str) -> tuple[SaleRefunded, ...]:
    bodies = (journal.body_at(db, kept.seq) for kept in refunds.of_sale(db, sale_id))
    return tuple(_refund.decode(body) for body in bodies if body)
