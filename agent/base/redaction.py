"""Takes tokens, keys, passwords and phone numbers out of text and values: the last guard of logs.

It knows these by their form. An opaque coupon code has none, so whoever logs leaves codes out.
"""

import math
import re
from re import Pattern
from typing import Any

MAX_DEPTH = 8
"""Values nested deeper are shown as text, redacted as a whole."""
MIN_SECRET_CHARS = 11
"""No real secret of these forms is shorter, so most words of a log line need no search."""

# A letter or digit before a secret makes it part of a longer word, unless it ends a %XX of a URL.
_BEGIN = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2}))"
_NO_DIGIT = r"(?:(?<![0-9])|(?<=%[0-9A-Fa-f]{2}))"

_FORMS: tuple[tuple[Pattern[str], str], ...] = (
    # a token: HQ1 and base32, from a scanner in any case
    (re.compile(r"HQ1[A-Z2-7]{40,}", re.IGNORECASE), "HQ1****"),
    # API keys: of the local API (sk_), of a store at HQ (hk_)
    (re.compile(_BEGIN + r"(sk|hk)_[A-Za-z0-9_-]{20,}"), r"\1_****"),
    # RFC 6750 credentials; shorter words are prose ("bearer key")
    (re.compile(r"\b(bearer)\s+[A-Za-z0-9._~+/-]{8,}=*", re.IGNORECASE), r"\1 ****"),
    # the password in an address
    (re.compile(r"(://[^\s:/@]*:)[^\s@/]+@"), r"\1****@"),
    # a mainland mobile number, with or without country code and separators: 138****5678
    (
        re.compile(
            _NO_DIGIT + r"((?:\+?86[ -]?)?1[3-9][0-9])[ -]?[0-9]{4}[ -]?([0-9]{4})(?![0-9])"
        ),
        r"\1****\2",
    ),
)


def redact(text: str) -> str:
    """The text with every secret of a known form masked; always encodable as UTF-8."""
    if len(text) >= MIN_SECRET_CHARS:
        for form, mask in _FORMS:
            text = form.sub(mask, text)
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


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
