"""What the settings say of how scanners send."""

from msgspec import Struct

MAX_MARK_BYTES = 16
"""The longest prefix or suffix, in UTF-8."""
MAX_IDLE_MS = 5_000


class ScannerOptions(Struct, frozen=True, kw_only=True):
    """How a scanner marks where a code begins and ends; the same for all scanners of a store."""

    prefix: str = ""
    """Taken off a code that begins with it; the scanner's own mark, if it has one."""
    suffix: str = ""
    """Ends a code. Empty: each of Enter (CR), LF and Tab does, and so CR LF does too."""
    idle_ms: int = 0
    """A code also ends when nothing came for so long, for scanners that send no suffix.

    0: it does not. A pause in the middle of a code would make two wrong ones of it.
    """

    def __post_init__(self) -> None:
        for mark in (self.prefix, self.suffix):
            if len(mark.encode("utf-8", "surrogatepass")) > MAX_MARK_BYTES:
                raise ValueError(f"prefix and suffix have at most {MAX_MARK_BYTES} bytes")
        if not 0 <= self.idle_ms <= MAX_IDLE_MS:
            raise ValueError(f"idle_ms is from 0 to {MAX_IDLE_MS}")
