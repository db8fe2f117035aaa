"""The ledger of a replay: what the tills were told, which is all that a shop has to go by."""

from collections import Counter
from dataclasses import dataclass, field

from agent.domain.basket import Line
from agent.services.selling.sell import SaleAnswer

MAX_FAULTS = 20
"""Told in words; more are only counted."""


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A sale that a till was told is recorded."""

    store: str
    member_id: str | None
    answer: SaleAnswer

    @property
    def lines(self) -> tuple[Line, ...]:
        """What was sold."""
        return self.answer.lines


@dataclass(kw_only=True)
class Ledger:
    """Written by the cashiers, read by the audit."""

    sales: list[Recorded] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    """Hostile scans that were refused with the right reason, by reason."""
    asked_again: int = 0
    """Requests that a till repeated because no answer came."""
    faults: list[str] = field(default_factory=list)
    """What was not as it has to be."""

    def fault(self, text: str) -> None:
        """Note something that was not as it has to be."""
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(text)
        elif len(self.faults) == MAX_FAULTS:
            self.faults.append("… and more of the kind")

    @property
    def redeemed(self) -> int:
        """Coupons used."""
        return sum(len(sale.answer.coupons) for sale in self.sales)

    @property
    def at_risk(self) -> int:
        """Those of them that HQ had yet to confirm."""
        return sum(
            verdict.outcome.is_at_risk for sale in self.sales for verdict in sale.answer.coupons
        )

    @property
    def discount_fen(self) -> int:
        """All discounts."""
        return sum(sale.answer.discount_fen for sale in self.sales)
