"""JSON as we accept it (strict) and as we hash it (canonical).

Strict: UTF-8, no duplicate key, no NaN or Infinity, no fraction or exponent (money and counts are
integers), no integer beyond MAX_INTEGER, no more than MAX_DEPTH levels. Canonical: keys sorted, no
white space, UTF-8 unescaped, integers only; for such values, with keys of ASCII as all of ours
are, it equals RFC 8785.
"""

import json
from typing import Any, Never

import msgspec

MAX_DEPTH = 16
"""Levels of arrays and objects; no message of ours needs more than six."""

MAX_INTEGER = 2**53 - 1
"""The largest integer that every JSON reader keeps exact (RFC 8259 §6)."""
_MAX_DIGITS = len(str(-MAX_INTEGER))

_canonical = msgspec.json.Encoder(order="sorted")


class JsonError(ValueError):
    """The text is not JSON as we accept it; `code` is stable and `str()` says what is wrong."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def parse(data: bytes) -> Any:
    """Return the value of strict JSON `data`; raise JsonError with a stable code."""
    _check_depth(data)
    try:
        value = _strict.decode(data.decode("utf-8"))
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise JsonError("json_surrogate", "half a surrogate pair is not a character") from None
    except UnicodeDecodeError:
        raise JsonError("json_not_utf8", "the body is not UTF-8") from None
    except json.JSONDecodeError as error:
        detail = f"not JSON: {error.msg} at character {error.pos}"
        raise JsonError("json_malformed", detail) from None
    return value


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of `value` (Struct, dict, list, str, int, bool, None)."""
    return _canonical.encode(value)


def _check_depth(data: bytes) -> None:
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    in_string = escaped = False
    for byte in data:
        if in_string:
            in_string = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise JsonError("json_too_deep", f"more than {MAX_DEPTH} levels of nesting")
        elif byte in b"]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise JsonError("json_duplicate_key", f"the key {key[:60]!r} is given twice")
            seen.add(key)
    return result


def _integer(text: str) -> int:
    if len(text) <= _MAX_DIGITS and abs(value := int(text)) <= MAX_INTEGER:
        return value
    raise JsonError("json_number_too_long", f"an integer is at most {MAX_INTEGER}")


def _no_float(text: str) -> Never:
    raise JsonError("json_float", f"{text[:30]} is not an integer; money is an integer of fen")


def _no_constant(text: str) -> Never:
    raise JsonError("json_not_a_number", f"{text} is not JSON")


_strict = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_int=_integer,
    parse_float=_no_float,
    parse_constant=_no_constant,
)
