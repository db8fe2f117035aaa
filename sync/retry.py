"""How long to wait after a failure: pure decisions."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

from agent.base.backoff import MAX_RETRY_AFTER_MS, delay_ms
from agent.base.clock import MINUTE_MS, SECOND_MS, Millis
from sync.errors import FinalError, HqError, ThrottledError

FINAL_RETRY_MS = 2 * MINUTE_MS
"""What only people can mend is tried again after this, and up to as much more."""

_SECONDS = re.compile(r"[0-9]{1,9}")


def wait_ms(error: HqError, attempt: int, *, draw: float) -> int:
    """Return the wait after failure number `attempt` (1, 2, …) in a row; `draw` is in [0, 1)."""
    if isinstance(error, FinalError):
        return FINAL_RETRY_MS + int(FINAL_RETRY_MS * draw)
    asked = error.retry_after_ms if isinstance(error, ThrottledError) else None
    return delay_ms(attempt, draw=draw, retry_after_ms=asked)


def retry_after_ms(header: str | None, now: Millis) -> int | None:
    """Return what a Retry-After header asks (RFC 9110 §10.2.3: seconds or a date), None if nothing.

    At most MAX_RETRY_AFTER_MS.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return min(int(text) * SECOND_MS, MAX_RETRY_AFTER_MS)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return min(max(int(date.timestamp()) * SECOND_MS - now, 0), MAX_RETRY_AFTER_MS)
