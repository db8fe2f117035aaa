"""The print head and the paper of the virtual printer: what the commands leave to be seen."""

from dataclasses import dataclass, field, replace
from typing import Literal

from agent.base.clock import Millis
from drivers.virtual.printer_bytes import Command, Text, Token, Unknown

Align = Literal["left", "center", "right"]

MAX_RECEIPTS = 200
"""Older ones are thrown away."""
MAX_UNKNOWN = 1_000
_ALIGNS: tuple[Align, ...] = ("left", "center", "right")


@dataclass(frozen=True, kw_only=True)
class Style:
    """How characters are set."""

    bold: bool = False
    width: int = 1
    height: int = 1
    align: Align = "left"


@dataclass(frozen=True, kw_only=True)
class PaperLine:
    """One line on the paper."""

    text: str
    style: Style


@dataclass(frozen=True, kw_only=True)
class PaperQr:
    """A QR code on the paper."""

    data: bytes
    module_dots: int
    level: str
    align: Align


@dataclass(frozen=True, kw_only=True)
class PaperImage:
    """Dots on the paper, from its left edge."""

    row_bytes: int
    dots: bytes
    """Rows from top to bottom, a bit for each dot, the highest on the left; 1 is black."""

    @property
    def rows(self) -> int:
        """How many rows of dots."""
        return len(self.dots) // self.row_bytes if self.row_bytes else 0

    def is_black(self, x: int, y: int) -> bool:
        """Whether the dot is black."""
        return bool(self.dots[y * self.row_bytes + x // 8] & 0x80 >> x % 8)


PaperItem = PaperLine | PaperQr | PaperImage


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A piece of paper."""

    number: int
    at: Millis
    items: tuple[PaperItem, ...]
    cut: bool
    """Whether it was cut off; a torn one ended with the printer's power."""

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands on it."""
        return all(isinstance(item, PaperLine) and not item.text.strip() for item in self.items)

    @property
    def text(self) -> str:
        """Its lines, without the codes."""
        return "\n".join(item.text for item in self.items if isinstance(item, PaperLine))

    @property
    def codes(self) -> tuple[str, ...]:
        """The content of its QR codes."""
        return tuple(item.data.decode() for item in self.items if isinstance(item, PaperQr))


@dataclass(kw_only=True)
class _Qr:
    data: bytes = b""
    module_dots: int = 3
    level: str = "L"


@dataclass(kw_only=True)
class Paper:
    """Sets tokens on paper. What it does not know stays in `unknown`, and prints nothing."""

    four_bytes: bool = True
    """Whether the font has characters of four bytes."""
    unknown: list[bytes] = field(default_factory=list)
    items: list[PaperItem] = field(default_factory=list)
    """Of the receipt that is being printed."""
    _line: str = ""
    _line_style: Style = field(default_factory=Style)
    _style: Style = field(default_factory=Style)
    _kanji: bool = False
    _utf8: bool = False
    _qr: _Qr = field(default_factory=_Qr)

    def put(self, token: Token) -> int:
        """Set a token; return how many lines the paper moved."""
        before = len(self.items)
        match token:
            case Text():
                self._set(self._decoded(token.data))
            case Command():
                self._obey(token)
            case Unknown():
                self._note(token.data)
        return len(self.items) - before

    def take(self, number: int, at: Millis, *, cut: bool) -> Receipt | None:
        """Take away what is printed so far; None if that is nothing."""
        if not self.items:
            return None
        receipt = Receipt(number=number, at=at, items=tuple(self.items), cut=cut)
        self.items.clear()
        return receipt

    def switch_off(self) -> None:
        """Forget what is in the buffer, and every mode."""
        self._line, self._kanji, self._utf8 = "", False, False
        self._style, self._qr = Style(), _Qr()

    def _set(self, text: str) -> None:
        if not self._line:
            self._line_style = self._style
        self._line += text

    def _decoded(self, data: bytes) -> str:
        if self._utf8:
            return data.decode("utf-8", "replace")
        wide = "gb18030" if self.four_bytes else "gbk"
        return data.decode(wide if self._kanji else "cp437", "replace")

    def _obey(self, command: Command) -> None:
        match command.name, *command.params:
            case ["LF"]:
                self._feed()
            case ["ESC d", lines]:
                for _ in range(max(1, lines)):
                    self._feed()
            case ["ESC @"]:
                self.switch_off()
            case ["GS v 0", 0, low, high, _, _, *dots]:
                self._set_dots(low + 256 * high, bytes(dots))
            case ["NUL"]:
                pass
            case ["ESC a" | "ESC E" | "GS !", value]:
                self._restyle(command, value)
            case ["GS ( k", _, _, 0x31, function, *rest]:
                self._qr_command(command, function, bytes(rest))
            case _:
                self._select_characters(command)

    def _restyle(self, command: Command, value: int) -> None:
        match command.name, value:
            case "ESC a", 0 | 1 | 2:
                self._style = replace(self._style, align=_ALIGNS[value])
            case "ESC E", 0 | 1:
                self._style = replace(self._style, bold=bool(value))
            case "GS !", size if size & 0x88 == 0:
                self._style = replace(self._style, width=1 + (size >> 4), height=1 + (size & 15))
            case _:
                self._note(command.name.encode() + command.params)

    def _select_characters(self, command: Command) -> None:
        match command.name, *command.params:
            case ["FS &"]:
                self._kanji = True
            case ["FS ."]:
                self._kanji = False
            case ["FS ( C", _, _, 0x30, (1 | 2 | 0x31 | 0x32) as system]:
                self._utf8 = system in (2, 0x32)
            case ["ESC R" | "ESC t" | "GS a", 0]:
                pass
            case _:
                self._note(command.name.encode() + command.params)

    def _qr_command(self, command: Command, function: int, rest: bytes) -> None:
        """Functions 165, 167, 169, 180 and 181 of GS ( k."""
        match function, *rest:
            case [0x41, 0x32, 0]:
                pass
            case [0x43, size] if 1 <= size <= 16:
                self._qr.module_dots = size
            case [0x45, level] if 0x30 <= level <= 0x33:
                self._qr.level = "LMQH"[level - 0x30]
            case [0x50, 0x30, *_]:
                self._qr.data = rest[1:]
            case [0x51, 0x30] if self._qr.data:
                self._print_qr()
            case _:
                self._note(command.name.encode() + command.params)

    def _print_qr(self) -> None:
        qr = self._qr
        self.items.append(
            PaperQr(
                data=qr.data,
                module_dots=qr.module_dots,
                level=qr.level,
                align=self._style.align,
            )
        )

    def _set_dots(self, row_bytes: int, dots: bytes) -> None:
        """Set rows of dots; those of the same width join those just before."""
        match self.items[-1:]:
            case [PaperImage(row_bytes=before) as image] if before == row_bytes:
                self.items[-1] = replace(image, dots=image.dots + dots)
            case _:
                self.items.append(PaperImage(row_bytes=row_bytes, dots=dots))

    def _feed(self) -> None:
        style = self._line_style if self._line else self._style
        self.items.append(PaperLine(text=self._line, style=style))
        self._line = ""

    def _note(self, data: bytes) -> None:
        if len(self.unknown) < MAX_UNKNOWN:
            self.unknown.append(data)
