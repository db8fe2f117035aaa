"""Pictures of receipts as SVG: every character in its column, QR codes as a printer draws them."""

from collections.abc import Iterator
from html import escape
from itertools import groupby

import segno

from drivers.plain import columns_of
from drivers.virtual.printer_paper import (
    Align,
    PaperImage,
    PaperItem,
    PaperLine,
    PaperQr,
    Receipt,
)

DOTS_PER_COLUMN = 12
LINE_DOTS = 30
GLYPH_DOTS = 22
MARGIN_DOTS = 24
FONTS = (
    "'Noto Sans Mono CJK SC','Sarasa Mono SC','Source Han Mono SC','WenQuanYi Zen Hei Mono',"
    "'WenQuanYi Micro Hei Mono',"
    "'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',monospace"
)
"""Fonts with Chinese characters, as they are called on Linux, macOS and Windows."""


def picture(receipt: Receipt, columns: int) -> str:
    """Return the receipt as an SVG document, in printer's dots."""
    paper = columns * DOTS_PER_COLUMN
    drawn: list[str] = []
    y = MARGIN_DOTS
    for item in receipt.items:
        part, height = _item(item, paper, y)
        drawn.append(part)
        y += height
    width, height = paper + 2 * MARGIN_DOTS, y + MARGIN_DOTS
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="{FONTS}" font-size="{GLYPH_DOTS}">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(drawn)}</svg>'
    )


def _item(item: PaperItem, paper: int, y: int) -> tuple[str, int]:
    """What it looks like at `y`, and how high it is."""
    match item:
        case PaperLine():
            return _line(item, paper, y)
        case PaperQr():
            return _qr(item, paper, y)
        case PaperImage():
            return _image(item, y)


def _line(line: PaperLine, paper: int, y: int) -> tuple[str, int]:
    """The characters, each placed at its own column, whatever the font's widths are."""
    style = line.style
    height = LINE_DOTS * style.height
    start = _left(columns_of(line.text) * DOTS_PER_COLUMN * style.width, paper, style.align)
    across, at = [], start / style.width
    for char in line.text:
        across.append(f"{at:g}")
        at += columns_of(char) * DOTS_PER_COLUMN
    if not line.text.strip():
        return "", height
    place = f"translate({MARGIN_DOTS} {y}) scale({style.width} {style.height})"
    weight = ' font-weight="bold"' if style.bold else ""
    text = (
        f'<text transform="{place}" x="{" ".join(across)}" y="{GLYPH_DOTS}" '
        f'xml:space="preserve"{weight}>{escape(_drawable(line.text))}</text>'
    )
    return text, height


def _qr(code: PaperQr, paper: int, y: int) -> tuple[str, int]:
    # Left to itself, segno makes another text of 会员 (findings/segno-chinese-as-kanji.sh).
    mode = None if code.data.isascii() else "byte"
    drawn = segno.make_qr(code.data, error=code.level, mode=mode, boost_error=False)
    rows = [
        f"M{column} {row}h1v1h-1z"
        for row, modules in enumerate(drawn.matrix)
        for column, dark in enumerate(modules)
        if dark
    ]
    size = len(drawn.matrix) * code.module_dots
    x = MARGIN_DOTS + _left(size, paper, code.align)
    y += 4 * code.module_dots
    path = f'<path transform="translate({x} {y}) scale({code.module_dots})" d="{"".join(rows)}"/>'
    return path, size + 8 * code.module_dots


def _image(image: PaperImage, y: int) -> tuple[str, int]:
    runs = [
        f"M{start} {row}h{length}v1h-{length}z"
        for row in range(image.rows)
        for start, length in _runs(image, row)
    ]
    path = f'<path transform="translate({MARGIN_DOTS} {y})" d="{"".join(runs)}"/>'
    return path, image.rows


def _runs(image: PaperImage, row: int) -> Iterator[tuple[int, int]]:
    """Where black begins in a row, and how long it is."""
    dots = [image.is_black(x, row) for x in range(8 * image.row_bytes)]
    at = 0
    for black, run in groupby(dots):
        length = len(list(run))
        if black:
            yield at, length
        at += length


def _left(width: int, paper: int, align: Align) -> int:
    spare = max(0, paper - width)
    return {"left": 0, "center": spare // 2, "right": spare}[align]


def _drawable(text: str) -> str:
    """XML knows no control characters; none is printable, so none gets here but from an enemy."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)
