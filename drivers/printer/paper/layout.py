"""Lays a printout out for a paper of so many columns: lines of text, and QR codes.

Nothing is cut away: what does not fit goes to the next line, and a figure that does not fit
beside its label goes to a line of its own, whole.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate, pairwise

from msgspec import Struct

from agent.domain.printing.printout import Align, Element, Feed, Pair, Printout, Qr, Row, Rule, Text
from drivers.plain import columns_of
from drivers.printer.paper.font import Encoding
from drivers.printer.paper.legible import legible

MIN_COLUMNS = 24
MAX_COLUMNS = 64
COLUMNS_58MM = 32
COLUMNS_80MM = 48

WATERMARK_EVERY = 8
"""Lines after which a watermark is repeated, so that no piece torn off is without it."""
MAX_FEED_LINES = 24


class Line(Struct, frozen=True, kw_only=True):
    """One line as it stands on paper."""

    text: str
    """Plain, at most as wide as the paper (half of it when large), its spaces included."""
    bold: bool = False
    large: bool = False


class Symbol(Struct, frozen=True, kw_only=True):
    """A QR code in the middle of the paper."""

    data: str


Laid = Line | Symbol


def lay_out(
    printout: Printout, columns: int, encoding: Encoding = Encoding.GB18030
) -> tuple[Laid, ...]:
    """Return what stands on paper from top to bottom; `columns` is 24 to 64, else ValueError.

    `encoding` says which signs there are.
    """
    if not MIN_COLUMNS <= columns <= MAX_COLUMNS:
        raise ValueError(f"paper has {MIN_COLUMNS} to {MAX_COLUMNS} columns, not {columns}")
    shown = legible(printout, encoding, columns)
    groups = (_element(element, columns) for element in shown.elements)
    mark = shown.watermark.strip()
    return tuple(_marked(groups, _watermark(mark, columns)) if mark else _flat(groups))


def _flat(groups: Iterable[list[Laid]]) -> Iterator[Laid]:
    for group in groups:
        yield from group


def _marked(groups: Iterable[list[Laid]], mark: list[Line]) -> Iterator[Laid]:
    """The groups with the watermark on top, at the bottom and never far away.

    Rather between two groups than amid one.
    """
    yield from mark
    since = 0
    for group in groups:
        if since + len(group) > WATERMARK_EVERY and since >= WATERMARK_EVERY // 2:
            yield from mark
            since = 0
        for laid in group:
            if since == WATERMARK_EVERY:
                yield from mark
                since = 0
            yield laid
            since += 1
    yield from mark


def _watermark(mark: str, columns: int) -> list[Line]:
    starred = f"*** {mark} ***"
    return _lines(starred if columns_of(starred) <= columns else mark, columns, "center", bold=True)


def _element(element: Element, columns: int) -> list[Laid]:
    match element:
        case Text():
            return [*_text(element, columns)]
        case Pair():
            return [*_pair(element, columns)]
        case Row():
            return [*_row(element, columns)]
        case Rule():
            return [Line(text=("=" if element.double else "-") * columns)]
        case Qr():
            return _qr(element, columns)
        case Feed():
            return [Line(text="")] * max(0, min(element.lines, MAX_FEED_LINES))


def _text(element: Text, columns: int) -> list[Line]:
    return _lines(element.text, columns, element.align, bold=element.bold, large=element.large)


def _lines(
    text: str, columns: int, align: Align, *, bold: bool = False, large: bool = False
) -> list[Line]:
    width = _width(columns, large)
    return [
        Line(text=_set(part, width, align), bold=bold, large=large) for part in _wrap(text, width)
    ]


def _pair(element: Pair, columns: int) -> list[Line]:
    width = _width(columns, element.large)
    left, right = element.left.rstrip(), element.right.strip()
    *above, last = _wrap(left, width)
    if columns_of(last) + 1 + columns_of(right) <= width or not right:
        below = [last + _set(right, width - columns_of(last), "right") if right else last]
    else:
        parts = _wrap(right, width)
        align: Align = "right" if len(parts) == 1 else "left"
        below = [last, *(_set(part, width, align) for part in parts)]
    return [
        Line(text=text, bold=element.bold, large=element.large)
        for text in [*above, *below]
        if text or not right
    ]


def _row(element: Row, columns: int) -> list[Line]:
    """A name too wide for its column takes lines of its own above its figures."""
    name, *figures = map(str.strip, element.cells)
    first, *others = _shared_out(columns, element.shares, len(element.cells))
    spare = [width - columns_of(figure) for figure, width in zip(figures, others, strict=True)]
    # The first figure may fill its column: the name, set left, leaves a gap before it.
    if min(spare, default=0) < 0 or 0 in spare[1:]:
        return _crowded_row(name, figures, columns)
    set_right = "".join(
        " " * before + figure for figure, before in zip(figures, spare, strict=True)
    )
    gap = first - columns_of(name)
    if gap > 0 or not figures:
        return [Line(text=(name + " " * gap + set_right).rstrip())]
    below = [Line(text=(" " * first + set_right).rstrip())] if any(figures) else []
    return [*_lines(name, columns, "left"), *below]


def _crowded_row(name: str, figures: list[str], columns: int) -> list[Line]:
    """Figures wider than their columns: side by side if the paper holds them, else one a line."""
    names = _lines(name, columns, "left") if name else []
    together = "  ".join(filter(None, figures))
    if columns_of(together) <= columns:
        return [*names, *_lines(together, columns, "right")]
    return [*names, *(line for figure in figures for line in _lines(figure, columns, "right"))]


def _qr(element: Qr, columns: int) -> list[Laid]:
    captions = _lines(element.caption, columns, "center") if element.caption else []
    return [Symbol(data=element.data), *captions]


@cache
def _shared_out(columns: int, shares: tuple[int, ...], count: int) -> list[int]:
    """Widths in the ratio of the shares, together `columns`; ValueError if the row is malformed."""
    if len(shares) != count or min(shares, default=0) < 1:
        raise ValueError(f"a row of {count} cells needs {count} positive shares, not {shares}")
    edges = [columns * through // sum(shares) for through in accumulate(shares, initial=0)]
    return [right - left for left, right in pairwise(edges)]


_TOKEN = re.compile(r"[!-~￥]+| +|[^ -~￥][，。、；：！？）》〉」』】〕…”’％]*")
"""A word or figure, spaces, or one wide character with the closing marks that cling to it."""


def _wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns; at least one line, which may be empty."""
    lines, line = [], ""
    for token in _TOKEN.findall(text):
        if columns_of(line) + columns_of(token) <= width:
            line += token
            continue
        if line.strip():
            lines.append(line.rstrip(" "))
        *full, line = [""] if token.isspace() and token.isascii() else _chopped(token, width)
        lines += full
    return [*lines, line.rstrip(" ")]


def _chopped(token: str, width: int) -> list[str]:
    """A token, in pieces only if it is wider than a whole line; no wide character is split."""
    pieces, piece = [], ""
    for char in token:
        if columns_of(piece + char) > width:
            pieces.append(piece)
            piece = ""
        piece += char
    return [*pieces, piece]


def _width(columns: int, large: bool) -> int:
    return columns // 2 if large else columns


def _set(text: str, width: int, align: Align) -> str:
    spare = width - columns_of(text)
    if align == "left" or not text:
        return text
    return " " * (spare if align == "right" else spare // 2) + text
