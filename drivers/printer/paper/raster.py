"""QR codes as dots (GS v 0), for printers that draw none themselves."""

from collections.abc import Iterator

import segno

BAND_ROWS = 24
"""A code is sent in bands: what breaks off is soon ended, and no buffer overflows."""
MIN_MODULE_DOTS = 2
"""One dot is too small to be scanned; and with two no row of dots looks like a real-time command
(DLE), which a printer obeys amid an image, too."""
QUIET_MODULES = 4


def qr_bands(data: str, *, module_dots: int, paper_dots: int) -> list[bytes]:
    """Return the code in the middle of the paper, each band a command of its own.

    ValueError if it does not fit the paper.
    """
    # In UTF-8, as a printer draws it; segno itself makes another text of some Chinese words.
    mode = None if data.isascii() else "byte"
    code = segno.make_qr(data.encode(), error="M", mode=mode, boost_error=False)
    width = len(code.matrix) * module_dots
    if module_dots < MIN_MODULE_DOTS or width > paper_dots:
        raise ValueError(f"a code of {width} dots does not fit a paper of {paper_dots}")
    left = (paper_dots - width) // 2
    rows = [
        row for modules in code.matrix for row in [_row(modules, module_dots, left)] * module_dots
    ]
    quiet = [bytes(len(rows[0]))] * (QUIET_MODULES * module_dots)
    return [_band(band) for band in _bands([*quiet, *rows, *quiet])]


def _row(modules: bytearray, module_dots: int, left: int) -> bytes:
    """One row of dots, from the paper's left edge."""
    bits = "0" * left + "".join(str(dark) * module_dots for dark in modules)
    padded = bits.ljust(-(-len(bits) // 8) * 8, "0")
    return int(padded, 2).to_bytes(len(padded) // 8, "big")


def _bands(rows: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(rows), BAND_ROWS):
        yield rows[start : start + BAND_ROWS]


def _band(rows: list[bytes]) -> bytes:
    """GS v 0: m = 0, the width in bytes and the height in dots, low byte first, and the dots."""
    width, height = len(rows[0]).to_bytes(2, "little"), len(rows).to_bytes(2, "little")
    return b"\x1dv0\x00" + width + height + b"".join(rows)
