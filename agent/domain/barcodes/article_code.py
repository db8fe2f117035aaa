"""Which article a bar code may mean: every reading of it, the likelier first."""

import re
import unicodedata
from datetime import date, datetime

from msgspec import Struct

from agent.domain.barcodes.elements import Element, elements_of, value_of
from agent.domain.barcodes.gtin import check_digit, gtin_of, gtin_of_upc_e
from agent.domain.barcodes.measure import Fault, Measure, measure_of, sold_until
from agent.domain.barcodes.symbology import Carrier, split

_GTIN, _CONTENT = "01", "02"
_COUPONS = ("255", "8110", "8112")
"""Global coupon number; coupons of North America."""
_ADD_ON_DIGITS = {15: 2, 18: 5, 14: 2, 17: 5, 10: 2, 13: 5}
"""Digits of the add-on by those of both: EAN-13, UPC-A and UPC-E with two or five."""
_ADD_ON_PACKET = re.compile(r"\][Ee][12][0-9]+\Z", re.ASCII)
_BETWEEN_DIGITS = re.compile(r"[ \u2010-\u2015\u2212-]+")
_UPC_E_DIGITS = 8
_ANY_DAY = date(2000, 1, 1)


class ArticleCode(Struct, frozen=True, kw_only=True):
    """One reading of a bar code."""

    gtin: str
    """14 digits."""
    measure: Measure | Fault | None = None
    sold_until: datetime | None = None
    """Local time from which it may be sold no more."""


class Barcode(Struct, frozen=True, kw_only=True):
    """What a scanned code says as a bar code; nothing at all for most other codes."""

    articles: tuple[ArticleCode, ...] = ()
    """Its readings. More than one may be right: a UPC-E may check as a GTIN-8, too."""
    content: str | None = None
    """GTIN of what a pallet or case without a number of its own holds."""
    is_coupon: bool = False
    """A coupon by GS1's numbers, of a maker or a platform."""
    is_add_on: bool = False
    """Only the two or five digits beside a bar code."""


def read_barcode(carrier: Carrier, code: str, *, today: date, may_be_money: bool) -> Barcode:
    """Return what `code`, cleaned and without its identifier, says as a bar code.

    `today` tells the century of dates. With `may_be_money`, add-ons are not looked for: a payment
    code is as long as a bar code with one.
    """
    if carrier is Carrier.ADD_ON:
        return Barcode(is_add_on=True)
    elements = elements_of(code)
    own, content = _gtin_in(elements, _GTIN), _gtin_in(elements, _CONTENT)
    numbers = _numbers(carrier, digits_of(carrier, code), may_be_money=may_be_money)
    if own is not None:
        numbers = [number for number in numbers if number != own]
    readings = [ArticleCode(gtin=number) for number in dict.fromkeys(numbers)]
    if own is not None:
        measured = ArticleCode(
            gtin=own, measure=measure_of(elements), sold_until=sold_until(elements, today)
        )
        readings = [measured, *readings]
    is_coupon = carrier is Carrier.GS1 and any(one.ai in _COUPONS for one in elements)
    return Barcode(articles=tuple(readings), content=content, is_coupon=is_coupon)


def gtins_in(scanned: str) -> tuple[str, ...]:
    """Return the GTINs that a scan, with or without identifier, may mean, the likelier first."""
    carrier, code = split(scanned.strip())
    barcode = read_barcode(carrier, code, today=_ANY_DAY, may_be_money=False)
    return tuple(one.gtin for one in barcode.articles)


def is_barcode(code: str) -> bool:
    """Whether a till would look for an article behind `code`, typed or scanned."""
    barcode = read_barcode(Carrier.UNKNOWN, code, today=_ANY_DAY, may_be_money=False)
    return barcode.articles != () or barcode.content is not None


def digits_of(carrier: Carrier, code: str) -> str:
    """Return the digits of `code`, "" when there is anything else in it. What people type may have
    blanks, hyphens, digits of full width and a full stop behind."""
    plain = _ADD_ON_PACKET.sub("", code) if carrier is not Carrier.UNKNOWN else code
    if carrier is Carrier.UNKNOWN:
        plain = _BETWEEN_DIGITS.sub("", unicodedata.normalize("NFKC", plain)).rstrip(".。")
    return plain if plain.isdecimal() and plain.isascii() else ""


def _gtin_in(elements: tuple[Element, ...], ai: str) -> str | None:
    value = value_of(elements, ai)
    return gtin_of(value) if value is not None and len(value) == 14 else None


def _numbers(carrier: Carrier, digits: str, *, may_be_money: bool) -> list[str]:
    """Return the GTINs that `digits` may be."""
    if carrier is Carrier.ITF_WITHOUT_CHECK:
        return _known(gtin_of(digits + check_digit(digits)) if len(digits) == 13 else None)
    if carrier is Carrier.EAN_8:
        return _known(gtin_of(digits))
    if carrier is Carrier.EAN:
        return _known(gtin_of_upc_e(digits)) or _known(gtin_of(digits))
    if carrier is Carrier.EAN_WITH_ADD_ON:
        return _without_add_on(digits) or _known(gtin_of(digits))
    if carrier is not Carrier.UNKNOWN:
        return _known(gtin_of(digits))
    upc_e = gtin_of_upc_e(digits) if len(digits) == _UPC_E_DIGITS else None
    found = _known(gtin_of(digits), upc_e)
    return found if may_be_money else found + _without_add_on(digits)


def _without_add_on(digits: str) -> list[str]:
    base = digits[: -_ADD_ON_DIGITS.get(len(digits), len(digits))]
    return _known(gtin_of_upc_e(base) if len(base) == _UPC_E_DIGITS else gtin_of(base))


def _known(*gtins: str | None) -> list[str]:
    return [gtin for gtin in gtins if gtin is not None]
