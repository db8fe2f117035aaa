"""Receipt numbers: gapless per till, printed with store and till."""


def receipt_text(store: str, till: str, receipt_no: int) -> str:
    """Return a receipt number as printed, such as MB001-T1-000123."""
    return f"{store}-{till}-{receipt_no:06d}"
