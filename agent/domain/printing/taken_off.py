"""What was taken off, on paper: below its line what is about certain pieces, at the foot the rest.

Each amount stands once, so that the column adds up: lines and what is below them to the subtotal,
the subtotal and the foot to what is paid.
"""

from agent.domain.money import yuan
from agent.domain.printing.printout import Element, Pair
from agent.domain.promotions.events import AppliedPromotion
from agent.domain.promotions.priced import BY_HAND, ROUNDING
from agent.domain.selling.events import SaleRecorded
from agent.domain.selling.tax import taxes

_INDENT = "  "


def below_line(sale: SaleRecorded, place: int) -> tuple[Element, ...]:
    """Return what stands below the line at `place`, from 0."""
    return tuple(
        Pair(left=f"{_INDENT}{_called(sale, one)}", right=yuan(-fen))
        for one in sale.promotions or ()
        if one.by_line and (fen := sum(share for at, share in one.shares if at == place))
    )


def subtotal_fen(sale: SaleRecorded) -> int:
    """Return what the lines and what is below them come to."""
    return sale.total_fen - sum(one.fen for one in sale.promotions or () if one.by_line)


def at_foot(sale: SaleRecorded) -> tuple[Element, ...]:
    """Return what was taken off the order, in the order in which it was reckoned."""
    return tuple(
        Pair(left=_called(sale, one), right=yuan(-one.fen))
        for one in sale.promotions or ()
        if not one.by_line
    )


def saved(sale: SaleRecorded) -> tuple[Element, ...]:
    """Return how much was taken off in all, where that is not a single amount above."""
    amounts = sum(len(one.shares) if one.by_line else 1 for one in sale.promotions or ())
    return (Pair(left="已优惠", right=yuan(sale.discount_fen)),) if amounts > 1 else ()


def tax_lines(sale: SaleRecorded) -> tuple[Element, ...]:
    """Return the tax in what was paid, by rate, where articles have one."""
    found = taxes(sale.lines, sale.net_fen())
    return tuple(
        Pair(left=f"其中增值税 {_percent(rate)}", right=yuan(fen)) for rate, fen in found.items()
    )


def _called(sale: SaleRecorded, one: AppliedPromotion) -> str:
    if one.promotion == ROUNDING:
        return one.name
    if one.promotion == BY_HAND:
        return f"手工优惠 {one.name}"
    at_risk = {use.coupon_id for use in sale.redemptions if use.at_risk}
    return f"优惠 {one.name}" + (" *" if one.coupon_id in at_risk else "")


def _percent(basis_points: int) -> str:
    return f"{yuan(basis_points).rstrip('0').rstrip('.')}%"
