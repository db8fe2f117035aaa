"""QR codes on paper: who draws them, and how large one of level M is."""

from bisect import bisect_left
from enum import StrEnum

DOTS_PER_COLUMN = 12
MAX_QR_MODULE_DOTS = 8
MIN_QR_MODULE_DOTS = 2
"""One dot is too small to be scanned."""
QR_QUIET_MODULES = 8
"""Four on either side (ISO/IEC 18004)."""
QR_MAX_BYTES = 2331
"""What a code holds at most: version 40 at level M."""
QR_BYTES_LEVEL_M = (
    14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666,
    711, 779, 857, 911, 997, 1059, 1125, 1190, 1264, 1370, 1452, 1538, 1628, 1722, 1809, 1911,
    1989, 2099, 2213, 2331,
)  # fmt: skip
"""Bytes that a code of version 1 … 40 holds at level M (ISO/IEC 18004, table 7)."""


class QrWay(StrEnum):
    """Who draws a QR code."""

    NATIVE = "native"
    """The printer (GS ( k)."""
    RASTER = "raster"
    """The driver, as dots (GS v 0)."""


def module_dots(data: str, columns: int) -> int:
    """Return the dots of a module with which a code fits the paper with its quiet zone."""
    version = 1 + bisect_left(QR_BYTES_LEVEL_M, len(data.encode()))
    modules = 17 + 4 * version + QR_QUIET_MODULES
    return max(1, min(MAX_QR_MODULE_DOTS, columns * DOTS_PER_COLUMN // modules))


def fits(data: str, columns: int) -> bool:
    """Whether a code can hold the data and be scanned from a paper of so many columns."""
    size = len(data.encode())
    return 0 < size <= QR_MAX_BYTES and module_dots(data, columns) >= MIN_QR_MODULE_DOTS
