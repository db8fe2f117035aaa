"""The three codes that a scanner reads to show how it sends."""

from collections.abc import Iterator, Sequence

import segno
from msgspec import Struct

from agent.domain.printing.printout import Printout, Qr, Text


class Probe(Struct, frozen=True, kw_only=True):
    """One code, and what it shows of the scanner."""

    text: str
    shows: str
    """In both languages."""


PLAIN = Probe(
    text="HQ1-Az09/:;@yqwm",
    shows="前后缀与键盘布局 how it marks the ends, and its keyboard layout",
)
"""Its characters are elsewhere on other keyboards than that of the US."""
SEPARATED = Probe(
    text="010690123456789210AB12\x1d21C3",
    shows="GS1 分隔符 how it sends GS, the separator of GS1 codes",
)
CHINESE = Probe(text="谢谢Ab芝麻开门", shows="中文编码 how it sends Chinese")
"""Its first two characters are others in the other encoding, and no damage would show it."""
PROBES = (PLAIN, SEPARATED, CHINESE)

_QUIET = 4
"""Modules of white around a code (ISO/IEC 18004)."""
_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
"""Colours of their own: on a dark terminal a code in the terminal's would be inverted."""
_PLAIN_COLOURS = "\x1b[0m"
_HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def on_terminal(probe: Probe) -> str:
    """Return the code as lines for a terminal, two rows of modules in each."""
    return "\n".join(
        _BLACK_ON_WHITE
        + "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))
        + _PLAIN_COLOURS
        for upper, lower in _pairs(_modules(probe))
    )


def sheet() -> Printout:
    """Return the three codes for the receipt printer."""
    codes = (
        Qr(data=probe.text, caption=f"{number} {probe.shows}")
        for number, probe in enumerate(PROBES, start=1)
    )
    return Printout(elements=(Text(text="扫码枪校准 CALIBRATION", align="center"), *codes))


def _modules(probe: Probe) -> list[list[bool]]:
    code = segno.make_qr(probe.text, error="m", mode="byte")
    return [[bool(module) for module in row] for row in code.matrix_iter(border=_QUIET)]


def _pairs(rows: Sequence[list[bool]]) -> Iterator[tuple[list[bool], list[bool]]]:
    """Two rows at a time; a white one below the last of an odd number."""
    white = [False] * len(rows[0])
    for at in range(0, len(rows), 2):
        yield rows[at], rows[at + 1] if at + 1 < len(rows) else white
