"""The bytes of customer displays of eight digits with lamps 单价, 总计, 收款 and 找零.

Commands as in the handbooks of the LED8 (ESC s n) and of the LED8N (STX L d1 d2 d3 d4): ESC @, CLR
(0Ch), ESC Q A digits CR, which replaces what was shown. Both begin at 2,400 baud.
"""

from typing import Literal

from agent.domain.money import yuan
from drivers.ports import Figure, Lamp

Led = Literal["led8", "led8n"]
"""Those of drivers.display.options.DisplayKind that have figures alone."""

BAUD = 2_400
MAX_DIGITS = 8
"""A sign takes the place of one; the point takes none."""

START = b"\x1b@\x0c"
_LAMPS = {Lamp.PRICE: 1, Lamp.TOTAL: 2, Lamp.CHANGE: 4}
"""Their places from the left; 3 is 收款."""


def show(figure: Figure, led: Led) -> bytes:
    """Return the bytes that show a figure; one of too many digits is left out, never cut."""
    digits = "" if figure.fen is None else yuan(figure.fen)
    if not digits or len(digits.replace(".", "")) > MAX_DIGITS:
        return b"\x0c" + _lamp(None, led)
    return b"\x1bQA" + digits.encode("ascii") + b"\r" + _lamp(figure.lamp, led)


def _lamp(lamp: Lamp | None, led: Led) -> bytes:
    """Light one lamp and put out the others; None: put out all."""
    place = _LAMPS[lamp] if lamp else 0
    if led == "led8":
        return b"\x1bs%d" % place
    return b"\x02L" + b"".join(b"1" if place == at else b"0" for at in (1, 2, 3, 4))
