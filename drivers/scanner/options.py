"""What the settings say of how scanners send."""

from typing import Literal, get_args

from msgspec import Struct

MAX_MARK_BYTES = 16
"""The longest prefix or suffix, in UTF-8."""
MAX_IDLE_MS = 5_000

CodeEncoding = Literal["auto", "utf-8", "gb18030"]
"""How a scanner sends what is not ASCII; auto: whichever it can be, if it can be only one."""


class ScannerOptions(Struct, frozen=True, kw_only=True):
    """How a scanner sends a code and marks its ends; the same for all scanners of a store."""

    prefix: str = ""
    """Taken off a code that begins with it; the scanner's own mark, if it has one."""
    suffix: str = ""
    """Ends a code. Empty: each of Enter (CR), LF and Tab does, and so CR LF does too."""
    idle_ms: int = 0
    """A code also ends when nothing came for so long, for scanners that send no suffix.

    0: it does not. A pause in the middle of a code would make two wrong ones of it.
    """
    encoding: CodeEncoding = "auto"

    def __post_init__(self) -> None:
        for mark in (self.prefix, self.suffix):
            if len(mark.encode("utf-8", "surrogatepass")) > MAX_MARK_BYTES:
                raise ValueError(f"prefix and suffix have at most {MAX_MARK_BYTES} bytes")
        if not 0 <= self.idle_ms <= MAX_IDLE_MS:
            raise ValueError(f"idle_ms is from 0 to {MAX_IDLE_MS}")
        if self.encoding not in get_args(CodeEncoding):
            raise ValueError(f"encoding is one of {', '.join(get_args(CodeEncoding))}")
