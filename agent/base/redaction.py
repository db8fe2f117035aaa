"""Takes tokens, keys, passwords and phone numbers out of text and values: the last guard of logs.

It knows these by their form, in whatever signs Unicode has for digits, letters and what stands
between them. An opaque coupon code has no form, so whoever logs leaves codes out.
"""

import math
import re
from collections.abc import Callable
from re import Match, Pattern
from typing import Any

from agent.base.plain_signs import plain, spans

MAX_DEPTH = 8
"""Values nested deeper are shown as text, redacted as a whole."""
MIN_SECRET_CHARS = 11
"""No real secret of these forms is shorter, so most words of a log line need no search."""

# A letter or digit before a secret makes it part of a longer word, unless it ends a %XX of a URL.
_BEGIN = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2}))"
_NO_DIGIT = r"(?:(?<![0-9])|(?<=%[0-9A-Fa-f]{2}))"

_BETWEEN = r"[\s._/·()-]{0,3}"
"""What people write between the parts of a phone number."""


def _shortened(phone: Match[str]) -> str:
    """138****5678, behind the country code if there is one."""
    digits = re.sub(r"[^0-9]", "", phone[2])
    return f"{phone[1]}{digits[:3]}****{digits[-4:]}"


_FORMS: tuple[tuple[Pattern[str], str | Callable[[Match[str]], str]], ...] = (
    # a token: HQ1 and base32, from a scanner in any case
    (re.compile(r"HQ1[A-Z2-7]{40,}", re.IGNORECASE), "HQ1****"),
    # keys: for the local API (sk_), a store's private one for HQ (hk_)
    (re.compile(_BEGIN + r"(sk|hk)_[A-Za-z0-9_-]{20,}"), r"\1_****"),
    # an enrolment code: six groups of four
    (
        re.compile(_BEGIN + r"(?:[A-HJ-NP-Z2-9]{4}-){5}[A-HJ-NP-Z2-9]{4}(?![A-Za-z0-9])"),
        "****",
    ),
    # RFC 6750 credentials; shorter words are prose ("bearer key")
    (re.compile(r"\b(bearer)\s+[A-Za-z0-9._~+/-]{8,}=*", re.IGNORECASE), r"\1 ****"),
    # the password in an address
    (re.compile(r"(://[^\s:/@]*:)[^\s@/]+@"), r"\1****@"),
    # a mainland mobile number, with or without country code: in its three parts, with blanks
    # anywhere, or digit by digit
    (
        re.compile(
            rf"{_NO_DIGIT}((?:\+?86{_BETWEEN})?)"
            rf"(1[3-9][0-9]{_BETWEEN}[0-9]{{4}}{_BETWEEN}[0-9]{{4}}"
            r"|1\s{0,2}[3-9](?:\s{0,2}[0-9]){9}|1[._/-][3-9](?:[._/-][0-9]){9})(?![0-9])"
        ),
        _shortened,
    ),
)


def redact(text: str) -> str:
    """The text with every secret of a known form masked; always encodable as UTF-8."""
    if text.isascii():
        return _masked(text) if len(text) >= MIN_SECRET_CHARS else text
    return _masked_in_any_signs(_masked(text)).encode(errors="backslashreplace").decode()


def _masked(text: str) -> str:
    for form, mask in _FORMS:
        text = form.sub(mask, text)
    return text


def _masked_in_any_signs(text: str) -> str:
    """Mask what has its form only once its signs are plain; what has none stays as it is."""
    for form, mask in _FORMS:
        seen = plain(text)
        found = [*form.finditer(seen)] if seen != text else []
        places = spans(text) if found else []
        for match in reversed(found):
            start, end = places[match.start()][0], places[match.end() - 1][1]
            text = text[:start] + _instead(match, mask) + text[end:]
    return text


def _instead(match: Match[str], mask: str | Callable[[Match[str]], str]) -> str:
    return match.expand(mask) if isinstance(mask, str) else mask(match)


def redact_value(value: Any, *, depth: int = MAX_DEPTH) -> Any:
    """A copy that is redacted throughout, made of what JSON can say; other things become text."""
    if isinstance(value, str):
        return redact(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _redact_number(value)
    if depth and isinstance(value, dict):
        return {redact(str(k)): redact_value(v, depth=depth - 1) for k, v in value.items()}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [redact_value(item, depth=depth - 1) for item in value]
    return redact(_as_text(value))


def _redact_number(number: float) -> int | float | str:
    """The number, or text if it is a phone number or not JSON (infinity, NaN)."""
    text = str(number)
    redacted = redact(text)
    return number if redacted == text and math.isfinite(number) else redacted


def _as_text(value: Any) -> str:
    if isinstance(value, bytes | bytearray):
        return value.decode(errors="backslashreplace")
    return str(value) if isinstance(value, BaseException) else repr(value)
