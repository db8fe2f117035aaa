"""Field types of what clients send: each with its limit, so that nothing unbounded comes in."""

from typing import Annotated

from msgspec import Meta, Struct

from agent.domain.bounds import (
    MAX_COUPONS,
    MAX_LINES,
    MAX_PRICE_FEN,
    MAX_QUANTITY,
    MAX_WEIGHT_G,
)
from agent.domain.money import Amount

MAX_PERSON_NAME_CHARS = 40
MAX_SCAN_CHARS = 4_096
"""Longer is refused before it is looked at; what is a code at all is domain.codes' to say."""

_NO_SIGN = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_PRINTABLE = rf"\A[^{_NO_SIGN}]*\Z"
_SAID = rf"\A[^{_NO_SIGN}]*[^\s{_NO_SIGN}][^{_NO_SIGN}]*\Z"
"""Printable, and not only spaces; no look-ahead, for which makers of examples search long."""

Till = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,16}\Z", description="Till, e.g. T1.")]
Cashier = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{1,32}\Z", description="Cashier number.")]
PersonName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_PERSON_NAME_CHARS,
        pattern=_PRINTABLE,
        description="As on the receipt.",
    ),
]
MemberId = Annotated[str, Meta(pattern=r"\A[0-9a-f]{24}\Z", description="Member id, 24 hex.")]
Sku = Annotated[str, Meta(min_length=1, max_length=64, pattern=_PRINTABLE)]
Code = Annotated[str, Meta(max_length=MAX_SCAN_CHARS, description="What was scanned, unchanged.")]
Quantity = Annotated[int, Meta(ge=1, le=MAX_QUANTITY, description="Pieces.")]
FreeText = Annotated[str, Meta(min_length=1, max_length=200, pattern=_PRINTABLE)]
Why = Annotated[str, Meta(min_length=1, max_length=200, pattern=_SAID)]
HandWhy = Annotated[str, Meta(min_length=1, max_length=128, pattern=_SAID)]
Passphrases = Annotated[
    tuple[Annotated[str, Meta(min_length=1, max_length=64, pattern=_PRINTABLE)], ...],
    Meta(max_length=10),
]
BasketRevision = Annotated[
    str,
    Meta(pattern=r"\A([0-9a-f]{16})?\Z", description="A basket's `revision`, as it was told."),
]
Reference = Annotated[str, Meta(min_length=1, max_length=64, pattern=_PRINTABLE)]
Price = Annotated[int, Meta(ge=0, le=MAX_PRICE_FEN, description="Price of one piece in fen.")]
Weight = Annotated[int, Meta(ge=1, le=MAX_WEIGHT_G, description="Grams.")]


class AtTill(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where, and by whom."""

    till: Till
    cashier: Cashier


class LineOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a basket as the POS sends it."""

    sku: Sku
    quantity: Quantity = 1
    unit_price_fen: Price | None = None
    """None: the article's own price. A price given by the POS stands."""
    amount_fen: Amount | None = None
    """What the whole line comes to, where that is not quantity × unit price (2 for 1.19); given by
    the POS, it stands. None: quantity × unit price."""
    weight_g: Weight | None = None
    """Grams of one piece, if it was weighed; the article's own price is then that of 1 kg."""


Lines = Annotated[tuple[LineOrder, ...], Meta(min_length=1, max_length=MAX_LINES)]
Codes = Annotated[tuple[Code, ...], Meta(max_length=MAX_COUPONS)]
