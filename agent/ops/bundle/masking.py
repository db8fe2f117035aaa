"""Masking for what leaves the PC: stricter than the log's, because nobody can call it back.

What is told is made of figures, names of this program and sentences; a code, key, PIN or phone is
known by its form, by the name of its field, or by holding letters and digits together. So device
names in free text go, too: the settings have them.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from agent.base.plain_signs import plain
from agent.base.redaction import redact

MASK = "****"
MAX_DEPTH = 12
"""What is nested deeper is left out."""
MAX_NUMBER = 10**9
"""Larger numbers may be phones or codes; instants in milliseconds are told by name (`…_at`)."""

_SECRET_FIELD = re.compile(
    r"(^|_)(pin|code|key|token|password|passwd|secret|pepper|phone|mobile|card|member|cookie"
    r"|authorization|credential|dsn)(s|_id|_hash)?$",
    re.IGNORECASE,
)
_STABLE_CODE = re.compile(r"[a-z]+(_[a-z]+)*")
"""A code of an error of ours, such as `hq_unreachable`; no code of a coupon looks like this."""
_INSTANT_FIELD = re.compile(r"(^|_)(at|now|since|timestamp|day|ms)$")
_LABELLED = re.compile(
    r"(?i)\b(pin|password|passwd|pwd|token|secret|code|key)(\W{1,3}(?:is\W)?)"
    r"(?=[^\s\"']*\d)[^\s\"',;]+|(密码|口令|验证码|券码)(\W{0,3})\w+"
)
_WORD = re.compile(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")
_OURS = re.compile(
    r"(python3|sqlite3|tty[A-Za-z]{1,4}\d{1,2}|event\d{1,3}|gb18030|utf-8|aarch64|x86_64|ed25519"
    r"|sha256|argon2id|http2|base64|base32)",
    re.IGNORECASE,
)
SHORTEST = 6
"""Letters and digits of a word that may be a code; a till's or a store's name is shorter."""


class Masker:
    """Masks, and counts what it masked."""

    def __init__(self) -> None:
        self.masked = 0

    def text(self, text: str) -> str:
        """Return free text, in plain signs, without what may be a secret."""
        text = plain(text)
        known = redact(text)
        self.masked += known != text
        labelled = _LABELLED.sub(self._after_label, known)
        return _WORD.sub(self._word, labelled)

    def value(self, value: Any, *, field: str = "", depth: int = MAX_DEPTH) -> Any:
        """Return what JSON holds without secrets; `field` is its name."""
        if isinstance(value, bool) or value is None:
            return value
        if _SECRET_FIELD.search(field) and not _harmless(value):
            self.masked += 1
            return MASK
        if isinstance(value, int | float):
            return self._number(value, field)
        if depth and isinstance(value, dict):
            return dict(self._fields(value, depth - 1))
        if depth and isinstance(value, list | tuple):
            return [self.value(item, field=field, depth=depth - 1) for item in value]
        return self.text(str(value))

    def line(self, line: str) -> str:
        """Return one line of a log, JSON or not."""
        try:
            facts = json.loads(line)
        except ValueError:
            return self.text(line)
        if not isinstance(facts, dict):
            return self.text(line)
        return json.dumps(self.value(facts), ensure_ascii=False)

    def _fields(self, value: dict[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
        for name, inner in value.items():
            if name == "timestamp" and isinstance(inner, str):
                yield name, inner if re.fullmatch(r"[-0-9T:.Z]+", inner) else MASK
            else:
                yield self.text(str(name)), self.value(inner, field=str(name), depth=depth)

    def _number(self, value: float, field: str) -> float | str:
        if abs(value) < MAX_NUMBER or (
            _INSTANT_FIELD.search(field) and redact(str(value)) == str(value)
        ):
            return value
        self.masked += 1
        return MASK

    def _after_label(self, match: re.Match[str]) -> str:
        self.masked += 1
        label, between = match[1] or match[3], match[2] or match[4]
        return f"{label}{between}{MASK}"

    def _word(self, match: re.Match[str]) -> str:
        word = match[0]
        plain = re.sub(r"[-_]", "", word)
        digits = sum(sign.isdigit() for sign in plain)
        if len(plain) < SHORTEST or not digits or _OURS.fullmatch(word):
            return word
        self.masked += 1
        return MASK


def _harmless(value: Any) -> bool:
    """A field named like a secret's that holds a stable code of ours, nothing, or more fields."""
    if isinstance(value, str):
        return not value or _STABLE_CODE.fullmatch(value) is not None
    return isinstance(value, dict | list | tuple)
