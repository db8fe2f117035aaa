"""What of a printout can stand on paper: plain text in signs that the printer's font has."""

from collections.abc import Callable

from msgspec.structs import replace

from agent.domain.printing.printout import Element, Feed, Pair, Printout, Qr, Row, Rule, Text
from drivers.plain import without_controls
from drivers.printer.font import Encoding, legible_text

QR_MAX_BYTES = 2331
"""What a QR code of level M holds (ISO/IEC 18004, version 40, bytes)."""

GS = "\x1d"
"""Stands between the elements of GS1 codes; begins no command that printers obey amid a code."""

Legible = Callable[[str], str]


def legible(printout: Printout, encoding: Encoding) -> Printout:
    """Return the printout in plain text that the font has; what no QR code can hold is text, too.

    One character may become several, so that this comes before the layout.
    """

    def shown(text: str) -> str:
        return legible_text(text, encoding)

    elements = (part for element in printout.elements for part in _element(element, shown))
    return Printout(elements=tuple(elements), watermark=shown(printout.watermark))


def _element(element: Element, shown: Legible) -> tuple[Element, ...]:
    match element:
        case Text():
            return (replace(element, text=shown(element.text)),)
        case Pair():
            return (replace(element, left=shown(element.left), right=shown(element.right)),)
        case Row():
            return (replace(element, cells=tuple(map(shown, element.cells))),)
        case Qr():
            return _qr(element, shown)
        case Rule() | Feed():
            return (element,)


def _qr(element: Qr, shown: Legible) -> tuple[Element, ...]:
    data = GS.join(map(without_controls, element.data.split(GS)))
    caption = shown(element.caption).strip()
    if 0 < len(data.encode()) <= QR_MAX_BYTES:
        return (replace(element, data=data, caption=caption),)
    text = Text(text=shown(data))
    return (text, Text(text=caption, align="center")) if caption else (text,)
