"""Papers: the one port by which the other subjects print."""

from typing import Protocol

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.cash.events import ShiftClosed
from agent.domain.printing.coupon import CouponGiven
from agent.domain.refunds.events import SaleRefunded
from agent.domain.selling.events import SaleRecorded
from agent.services.desk.stationery import Stationery
from agent.store.sqlite import Connection


class Made(Struct, frozen=True, kw_only=True):
    """Where, when and by whom something was done."""

    till: str
    cashier: str
    at: Millis
    business_date: str


class Papers(Protocol):
    """Puts the first paper of an event into the print queue, in the event's own transaction.

    Each method returns the id of the print job, None when there is no printer.
    """

    @property
    def stationery(self) -> Stationery:
        """What the papers of this desk look like."""

    def print_sale(
        self, db: Connection, sale: SaleRecorded, made: Made, given: tuple[CouponGiven, ...] = ()
    ) -> str | None:
        """Queue the receipt of a sale being recorded."""

    def print_refund(self, db: Connection, refund: SaleRefunded, made: Made) -> str | None:
        """Queue the paper of a refund being recorded."""

    def print_closing(
        self, db: Connection, closed: ShiftClosed, *, at: Millis, business_date: str
    ) -> str | None:
        """Queue the Z report of a shift being closed."""
