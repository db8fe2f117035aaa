"""A printout: what is on a receipt, without saying for which paper; a printer lays it out."""

from typing import Literal

from msgspec import Struct

Align = Literal["left", "center", "right"]


class Text(Struct, frozen=True, kw_only=True, tag="text", forbid_unknown_fields=True):
    """A paragraph; wrapped at the paper's width."""

    text: str
    align: Align = "left"
    bold: bool = False
    large: bool = False
    """Twice as wide and high."""


class Pair(Struct, frozen=True, kw_only=True, tag="pair", forbid_unknown_fields=True):
    """A label on the left and a figure on the right of one line; the label is wrapped."""

    left: str
    right: str
    bold: bool = False
    large: bool = False


class Row(Struct, frozen=True, kw_only=True, tag="row", forbid_unknown_fields=True):
    """Cells in columns whose widths stand in the ratio of `shares`; numbers to the right."""

    cells: tuple[str, ...]
    shares: tuple[int, ...]
    """Of the same length; the first column is set left and wrapped, the others right."""


class Rule(Struct, frozen=True, kw_only=True, tag="rule", forbid_unknown_fields=True):
    """A line across the paper."""

    double: bool = False


class Qr(Struct, frozen=True, kw_only=True, tag="qr", forbid_unknown_fields=True):
    """A QR code in the middle, with words below it."""

    data: str
    caption: str = ""


class Feed(Struct, frozen=True, kw_only=True, tag="feed", forbid_unknown_fields=True):
    """Empty lines."""

    lines: int = 1


Element = Text | Pair | Row | Rule | Qr | Feed


class Printout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Elements from top to bottom; the paper is cut after the last."""

    elements: tuple[Element, ...]
    watermark: str = ""
    """Repeated at top and bottom and across, such as 培训 TRAINING; empty on real receipts."""
