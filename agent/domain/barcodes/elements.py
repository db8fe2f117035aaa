"""GS1 element strings (GS1 General Specifications §3, §7.8): as scanners send them, in brackets as
people read them, or in a GS1 Digital Link.

Written for tills, and so it reads on where a strict reader stops: an element that can't be right is
told as it stands, and hides none of the others.
"""

import re
import unicodedata
from itertools import zip_longest
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

GROUP_SEPARATOR = "\x1d"
"""FNC1 as scanners send it: ends an element without a length of its own."""

_AI_DIGITS = {
    **dict.fromkeys(("23", "24", "25", "40", "41", "42", "71"), 3),
    **dict.fromkeys(("31", "32", "33", "34", "35", "36", "39", "43", "70", "72"), 4),
    **dict.fromkeys(("80", "81", "82"), 4),
}
"""Digits of an application identifier by its first two; all others have two."""
_LENGTHS = {
    "00": 18,
    **dict.fromkeys(("01", "02", "03"), 14),
    "04": 16,
    **dict.fromkeys(("11", "12", "13", "14", "15", "16", "17", "18", "19"), 6),
    "20": 2,
    **dict.fromkeys(("31", "32", "33", "34", "35", "36"), 6),
    "41": 13,
}
"""Digits of the values of predefined length, by the first two of the identifier: no separator ends
them (figure 7.8.5-2)."""

UNREAD = ""
"""The identifier of what could not be read as an element: it may hide one."""
_NO_IDENTIFIERS = re.compile(r"0[5-9]|1[89]|2[6-9]|38|4[4-9]|[56][0-9]|7[3-9]|8[3-9]", re.ASCII)
_VALUE = re.compile(r'[!"%-?A-Z_a-z]*', re.ASCII)
"""GS1's characters for values (table 7.11-1). Any other ends one: scanners write blanks, |, ~ or
{gs} where a separator was."""
_BETWEEN = re.compile(r"[^0-9A-Za-z][^0-9]*", re.ASCII)
"""A separator, whatever a scanner makes of it; identifiers begin with a digit."""

_BRACKETED = re.compile(r"[(\[]([0-9]{2,4})[)\]]")
_LINK = re.compile(r"(https?://[^\s/?#]+|[^\s/?#]+\.[^\s/?#]+)/", re.ASCII | re.IGNORECASE)
_LINK_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}", re.ASCII)
_GTIN_KEYS = ("01", "gtin")
_AI = re.compile(r"[0-9]{2,4}", re.ASCII)


class Element(Struct, frozen=True):
    """One element string."""

    ai: str
    """Application identifier, such as 3103."""
    value: str
    """As it stands; whether it can be right is for whoever uses it to say."""


def elements_of(text: str) -> tuple[Element, ...]:
    """Return the elements in `text`, whichever way they are written."""
    return of_brackets(text) or of_link(text) or of_message(text)


def of_message(text: str) -> tuple[Element, ...]:
    """Return the elements of a scanned message, with or without separators between them."""
    found: list[Element] = []
    rest = text.lstrip(GROUP_SEPARATOR)
    while rest:
        between = _BETWEEN.match(rest)
        if between is None and not _AI.fullmatch(rest[:2]):
            return (*found, Element(UNREAD, rest))
        if between is None:
            element, rest = _first(rest)
            found.append(element)
            rest = rest.lstrip(GROUP_SEPARATOR)
        else:
            found.append(Element(UNREAD, rest))
            rest = rest[between.end() :]
    return tuple(found)


def is_right(element: Element) -> bool:
    """Whether there is such an identifier, and its value is as long as it must be."""
    length = _LENGTHS.get(element.ai[:2], len(element.value))
    known = element.ai != UNREAD and not _NO_IDENTIFIERS.match(element.ai)
    return known and len(element.value) == length


def of_brackets(text: str) -> tuple[Element, ...]:
    """Return the elements of `(01)…(3103)…`, also of full width and with blanks between."""
    plain = unicodedata.normalize("NFKC", text).strip().lstrip(GROUP_SEPARATOR)
    if not _BRACKETED.match(plain):
        return ()
    _, *parts = _BRACKETED.split(plain)
    values = ("".join(value.split()).strip(GROUP_SEPARATOR) for value in parts[1::2])
    return tuple(Element(ai, value) for ai, value in zip(parts[::2], values, strict=True))


def of_link(text: str) -> tuple[Element, ...]:
    """Return the elements of a GS1 Digital Link (URI syntax, uncompressed) with a GTIN, of any host
    and below any path."""
    if not _LINK.match(text):
        return ()
    try:
        link = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        return ()
    path = [unquote(part) for part in link.path.split("/") if part]
    start = next((at for at in range(len(path) - 1) if _is_gtin(path[at], path[at + 1])), None)
    if start is None:
        return ()
    pairs = list(zip_longest(path[start::2], path[start + 1 :: 2], fillvalue=""))
    pairs += parse_qsl(link.query.replace(";", "&"), keep_blank_values=True)
    gtin = Element("01", pairs[0][1].zfill(14))
    return (gtin, *(Element(key, value) for key, value in pairs[1:] if _AI.fullmatch(key)))


def value_of(elements: tuple[Element, ...], ai: str) -> str | None:
    """Return the value of the only element `ai`; None without one, or when they contradict."""
    values = {element.value for element in elements if element.ai == ai}
    return values.pop() if len(values) == 1 else None


def _first(text: str) -> tuple[Element, str]:
    """Take the first element off. One that is shorter than it has to be ends at the separator."""
    ai = text[: _AI_DIGITS.get(text[:2], 2)]
    length = _LENGTHS.get(text[:2])
    if length is not None:
        value = text[len(ai) : len(ai) + length]
        if len(value) == length and value.isdecimal() and value.isascii():
            return Element(ai, value), text[len(ai) + length :]
    match = _VALUE.match(text, len(ai))
    value = match[0] if match else ""
    return Element(ai, value), text[len(ai) + len(value) :]


def _is_gtin(key: str, value: str) -> bool:
    return key.lower() in _GTIN_KEYS and _LINK_GTIN.fullmatch(value) is not None
