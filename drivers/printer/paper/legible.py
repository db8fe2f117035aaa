"""What of a printout can stand on paper: plain text in signs that the printer's font has."""

from collections.abc import Callable

from msgspec.structs import replace

from agent.domain.printing.printout import Element, Feed, Pair, Printout, Qr, Row, Rule, Text
from drivers.plain import without_controls
from drivers.printer.paper.font import Encoding, legible_text
from drivers.printer.paper.qr_code import fits

GS = "\x1d"
"""Stands between the elements of GS1 codes; begins no command that printers obey amid a code."""

Legible = Callable[[str], str]


def legible(printout: Printout, encoding: Encoding, columns: int) -> Printout:
    """Return the printout in plain text that the font has; what no QR code can hold on a
    paper of so many columns is text, too.

    One character may become several, so that this comes before the layout.
    """

    def shown(text: str) -> str:
        return legible_text(text, encoding)

    elements: list[Element] = []
    for element in printout.elements:
        if isinstance(element, Qr):
            elements += _qr(element, shown, columns)
        else:
            elements.append(_element(element, shown))
    return Printout(elements=tuple(elements), watermark=shown(printout.watermark))


def _element(element: Text | Pair | Row | Rule | Feed, shown: Legible) -> Element:
    match element:
        case Text():
            return replace(element, text=shown(element.text))
        case Pair():
            return replace(element, left=shown(element.left), right=shown(element.right))
        case Row():
            return replace(element, cells=tuple(map(shown, element.cells)))
        case Rule() | Feed():
            return element


def _qr(element: Qr, shown: Legible, columns: int) -> tuple[Element, ...]:
    data = GS.join(map(without_controls, element.data.split(GS)))
    caption = shown(element.caption).strip()
    if fits(data, columns):
        return (replace(element, data=data, caption=caption),)
    text = Text(text=shown(data))
    return (text, Text(text=caption, align="center")) if caption else (text,)
