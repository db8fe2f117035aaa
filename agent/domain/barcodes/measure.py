"""What a GS1 code says of this very pack: its weight, price or pieces (GS1 General Specifications
§3.6), and until when it may be sold (§3.4).

A weight, price or count is used or told as a fault, never dropped: one that is not understood may
be what the customer pays for.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction

from msgspec import Struct

from agent.domain.barcodes.elements import Element, is_right

_KG = {
    "310": Fraction(1),
    "320": Fraction("0.45359237"),
    "356": Fraction("0.0311034768"),
    "357": Fraction("0.028349523125"),
}
"""Net weight in kilograms, pounds, troy ounces and ounces, each in kilograms."""
_OTHER_UNITS = re.compile(r"3(1[1-6]|2[1-9]|5[0-2]|6[01456])")
"""Trade measures of length, area and volume. Logistic ones (gross weight and size of a case) say
nothing of what is sold."""
_PRICE, _PRICE_IN_CURRENCY, _PIECES = "392", "393", "30"
_OTHER_AMOUNTS = ("390", "391", "394")
"""Amount payable of a bill, value of a coupon: no price of an article."""
_PER_UNIT = ("8005", "395")
"""Price of one unit of measure, printed beside weight or price."""
_MAX_DECIMALS = 5
"""Of what has six digits; there are no identifiers for more."""
_BEGUN = re.compile(r"3[12569][0-9]?", re.ASCII)
"""The identifier of a measure, cut off."""
_LIKE_MEASURE = r"(3(1[0-6]|2[0-9]|5[0-267]|6[01456])[0-5][0-9]{6}|39[0-5][0-9]{2})"
_HIDDEN = re.compile(rf"{_LIKE_MEASURE}|\A3\Z", re.ASCII)
_HIDDEN_IN_TEXT = re.compile(rf"[^0-9A-Za-z./+-]{_LIKE_MEASURE}", re.ASCII)
"""Behind a sign that hardly stands in a lot or a serial number: more likely for a separator."""
_YUAN = "156"
"""ISO 4217 number of the currency."""

_SELL_UNTIL = ("15", "16", "17")
"""Best before, sell by, expiry. In China food past any of them may not be sold (食品安全法 §34)."""
_EXPIRY_WITH_TIME = "7003"

_PREDEFINED = re.compile(r"[0-9]{6}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,15}", re.ASCII)
_CURRENCY = re.compile(r"[0-9]{3}", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,8}", re.ASCII)
_CLOCK = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])", re.ASCII)
_MAX_YEARS_PAST = 20
"""What is older is no date but a filler such as 991231: nothing lies on a shelf for so long."""
_CENTURY_AHEAD = 50
"""Years with two digits lie at most so far ahead and 49 behind (§7.12)."""


class Fault(StrEnum):
    """Why a measure can't be used."""

    UNREADABLE = "unreadable"
    ZERO = "zero"
    OTHER_UNIT = "other_unit"
    """Sold by length, area or volume: an article's price is that of a piece or a kilogram."""
    OTHER_CURRENCY = "other_currency"
    NO_PRICE = "no_price"
    """An amount that is no price of an article, or only that of one unit."""
    MISSING = "missing"
    """The article varies in measure, and the code does not say how much it is."""
    SEVERAL = "several"
    """It says different things at once."""
    TOO_LARGE = "too_large"


class Measure(Struct, frozen=True, kw_only=True):
    """What this pack is and costs; what is not said is None."""

    price_fen: int | None = None
    """Of the pack."""
    weight_kg: Fraction | None = None
    pieces: int | None = None


def measure_of(elements: tuple[Element, ...]) -> Measure | Fault | None:
    """Return what the elements say of weight, price and pieces, None when they say nothing."""
    weight = _weight(elements)
    price = _only(map(_price, _with(elements, _PRICE, _PRICE_IN_CURRENCY)))
    pieces = _only(_number(one.value, _COUNT) for one in elements if one.ai == _PIECES)
    if isinstance(price, Fault):
        return price
    if isinstance(weight, Fault):
        return weight
    if isinstance(pieces, Fault):
        return pieces
    if price is None and weight is None and (fault := _unusable(elements)):
        return fault
    if (price, weight, pieces) == (None, None, None):
        return Fault.UNREADABLE if any(map(_may_hide, elements)) else None
    return Measure(
        price_fen=None if price is None else int(price),
        weight_kg=weight,
        pieces=None if pieces is None else int(pieces),
    )


def sold_until(elements: tuple[Element, ...], today: date) -> datetime | None:
    """Return the local time from which the pack may be sold no more; None when none is told.

    A date that can't be one tells nothing. `today` tells the century.
    """
    days = [_day(one.value, today) for one in elements if one.ai in _SELL_UNTIL]
    ends = [datetime.combine(day, time()) + timedelta(days=1) for day in days if day is not None]
    times = [_moment(one.value, today) for one in elements if one.ai == _EXPIRY_WITH_TIME]
    return min([*ends, *(one for one in times if one is not None)], default=None)


def _weight(elements: tuple[Element, ...]) -> Fraction | Fault | None:
    """Return the net weight, in the first of the units in which it is said."""
    for unit, in_kg in _KG.items():
        said = _only(_decimal(one, _PREDEFINED) for one in _with(elements, unit))
        if said is not None:
            return said if isinstance(said, Fault) else said * in_kg
    return None


def _price(one: Element) -> Fraction | Fault:
    """Return a price in fen, which is whole."""
    value = one.value
    if one.ai.startswith(_PRICE_IN_CURRENCY):
        if not value.startswith(_YUAN):
            return Fault.OTHER_CURRENCY if _CURRENCY.match(value) else Fault.UNREADABLE
        value = value[3:]
    yuan = _decimal(Element(one.ai, value), _AMOUNT)
    if isinstance(yuan, Fault):
        return yuan
    fen = yuan * 100
    return fen if fen.denominator == 1 else Fault.UNREADABLE


def _unusable(elements: tuple[Element, ...]) -> Fault | None:
    """Return why there is neither weight nor price although something of the kind is said."""
    if any(_OTHER_UNITS.match(one.ai) for one in elements):
        return Fault.OTHER_UNIT
    return Fault.NO_PRICE if _with(elements, *_OTHER_AMOUNTS, *_PER_UNIT) else None


def _may_hide(one: Element) -> bool:
    """Whether a measure may be in what could not be read, or was cut off."""
    hidden = _HIDDEN_IN_TEXT if is_right(one) else _HIDDEN
    return bool(_BEGUN.fullmatch(one.ai) or hidden.search(one.value))


def _with(elements: tuple[Element, ...], *begins: str) -> list[Element]:
    return [one for one in elements if one.ai.startswith(begins) and len(one.ai) == 4]


def _decimal(one: Element, form: re.Pattern[str]) -> Fraction | Fault:
    """Return the value with as many decimals as the last digit of its identifier says."""
    number, decimals = _number(one.value, form), int(one.ai[3])
    if form is _PREDEFINED and decimals > _MAX_DECIMALS:
        return Fault.UNREADABLE
    return number if isinstance(number, Fault) else number / 10**decimals


def _number(value: str, form: re.Pattern[str]) -> Fraction | Fault:
    if not form.fullmatch(value):
        return Fault.UNREADABLE
    return Fraction(int(value)) or Fault.ZERO


def _only(said: Iterable[Fraction | Fault]) -> Fraction | Fault | None:
    values = set(said)
    if len(values) > 1:
        return Fault.SEVERAL
    return values.pop() if values else None


def _day(value: str, today: date) -> date | None:
    """Read YYMMDD; day 00 is the last of the month."""
    if not _PREDEFINED.fullmatch(value):
        return None
    year, month, day = (int(value[at : at + 2]) for at in (0, 2, 4))
    year += today.year - today.year % 100
    if year > today.year + _CENTURY_AHEAD:
        year -= 100
    elif year <= today.year - _CENTURY_AHEAD:
        year += 100
    if year < today.year - _MAX_YEARS_PAST:
        return None
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError:
        return None


def _moment(value: str, today: date) -> datetime | None:
    """Read YYMMDDHHMM."""
    day = _day(value[:6], today)
    clock = _CLOCK.fullmatch(value[6:])
    if day is None or clock is None:
        return None
    return datetime.combine(day, time(int(clock[1]), int(clock[2])))
