"""By hand: a price changed or a discount given by the cashier, as the order says it."""

from typing import Annotated

from msgspec import Meta, Struct

from agent.base.redaction import redact
from agent.domain.bounds import MAX_LINES
from agent.domain.money import Amount
from agent.domain.promotions.context import ByHand, HandKind
from agent.services.desk.wire import HandWhy
from agent.services.selling.errors import NoSuchLineError


class HandOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price changed or a discount given by hand; it comes after all promotions."""

    kind: HandKind
    fen: Amount
    """`price`: what a piece of the line costs now; `off`: what is taken off the line or order."""
    reason: HandWhy
    """In people's words; phone numbers and codes in it are masked before it is kept."""
    line: Annotated[int, Meta(ge=0, lt=MAX_LINES)] | None = None
    """Place of the line, from 0; none: the whole order, for `off` alone."""


HandOrders = Annotated[tuple[HandOrder, ...], Meta(max_length=20)]


def by_hand_of(
    orders: tuple[HandOrder, ...], lines: int, approved_by: str | None
) -> tuple[ByHand, ...]:
    """Return what is given by hand on a basket of `lines`; raise NoSuchLineError."""
    for at, one in enumerate(orders):
        if one.line is None and one.kind is HandKind.PRICE:
            raise NoSuchLineError(f"by_hand[{at}]: a price is that of a line: give `line`")
        if one.line is not None and one.line >= lines:
            raise NoSuchLineError(f"by_hand[{at}]: the basket has {lines} lines, from 0")
    return tuple(
        ByHand(
            kind=one.kind,
            fen=one.fen,
            reason=redact(one.reason),
            line=one.line,
            approved=approved_by is not None,
        )
        for one in orders
    )
