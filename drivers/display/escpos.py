"""The bytes of two-line customer displays that speak Epson's ESC/POS, such as the DM-D series.

Commands as in Epson's "ESC/POS Command Reference for Customer Displays": ESC @, CLR (0Ch), US $ n m
(1Fh 24h: move the cursor to column n of line m).
"""

from drivers.display.characters import Characters, fitted

START = b"\x1b@\x0c"
"""ESC @: reset, which also selects the overwrite mode; CLR: clear."""
_LINES = (b"\x1f$\x01\x01", b"\x1f$\x01\x02")


def show(upper: str, lower: str, *, columns: int, characters: Characters) -> bytes:
    """Return the bytes that set both lines, cut or filled to the display's width."""
    return b"".join(
        line + fitted(text, columns, characters)
        for line, text in zip(_LINES, (upper, lower), strict=True)
    )
