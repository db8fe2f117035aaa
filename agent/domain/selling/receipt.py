"""Receipt numbers: gapless per till, printed with store and till."""

from agent.base.clock import MINUTE_MS, Millis

UNGREETED = 1_000_000_000
"""Above it are the receipts and Z reports of installations that HQ had not greeted yet; they stay
within 32 bits."""


def receipt_text(store: str, till: str, receipt_no: int) -> str:
    """Return a receipt number as printed, such as MB001-T1-000123."""
    return f"{store}-{till}-{receipt_no:06d}"


def ungreeted_after(now: Millis) -> int:
    """Return after which number an installation begins that HQ has not greeted yet.

    It can't know how far the PC before it came. By the minute of its begin it repeats no number of
    another such installation, unless a till sold more than one receipt a minute, day and night.
    """
    return UNGREETED + now // MINUTE_MS
