"""The text in a table file, whichever way a spreadsheet wrote it."""

import codecs
from pathlib import Path

from sync.hq.commands.reasons import why
from sync.hq.errors import AdminError

MAX_FILE_BYTES = 64 * 1024 * 1024
ENCODINGS = ("utf-8", "gb18030")

_OTHER_KINDS = (
    (b"PK\x03\x04", "Excel (xlsx)"),
    (b"\xd0\xcf\x11\xe0", "Excel (xls)"),
    (b"%PDF", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"<", "HTML / XML"),
)
"""What files of other kinds begin with."""
_LOST = "\ufffd"
_SHORTEST_CHINESE = "\u0800"
"""Chinese signs lie behind it; before it, what GB18030's two bytes are when read as UTF-8."""


def read_text(file: Path, *, encoding: str | None = None) -> str:
    """Return the text of `file`: UTF-8, UTF-16 with a mark, or GB18030 as Excel saves it in China.

    `encoding`: one of ENCODINGS, for what could be either. AdminError if there is no text.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise AdminError("{file} can't be read: {why}", file=file, why=why(error)) from None
    if len(data) > MAX_FILE_BYTES:
        most = MAX_FILE_BYTES // 1024**2
        raise AdminError("{file} has more than {most} MiB: split it", file=file, most=most)
    _check_kind(file, data)
    if data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8"
    return _marked(file, data) or _decoded(file, data, encoding)


def _check_kind(file: Path, data: bytes) -> None:
    begin = data.removeprefix(codecs.BOM_UTF8).lstrip()
    kind = next((kind for magic, kind in _OTHER_KINDS if begin.startswith(magic)), None)
    if kind is not None:
        raise AdminError(
            "{file} is no CSV but {kind}: open it in the spreadsheet and save it as CSV UTF-8",
            file=file,
            kind=kind,
        )


def _marked(file: Path, data: bytes) -> str | None:
    """The text of what begins with a mark of UTF-16, as `Unicode text` of Excel does."""
    if not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    try:
        return data.decode("utf-16")
    except UnicodeDecodeError:
        raise _no_text(file) from None


def _decoded(file: Path, data: bytes, encoding: str | None) -> str:
    readings = {
        name: text
        for name in ([encoding] if encoding else ENCODINGS)
        if (text := _try(data, name)) is not None
    }
    if "utf-8" not in readings and not encoding:
        _check_not_damaged(file, data)
    if not readings or b"\0" in data:
        raise _no_text(file)
    utf8, gb = readings.get("utf-8"), readings.get("gb18030")
    if utf8 is not None and gb is not None and _could_be_either(utf8):
        raise AdminError(
            "{file} could be UTF-8 ({utf8}) or GB18030 ({gb}): add --encoding utf-8 or --encoding"
            " gb18030",
            file=file,
            utf8=_specimen(utf8),
            gb=_specimen(gb),
        )
    return next(iter(readings.values()))


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode(encoding)
    except UnicodeDecodeError:
        return None


def _could_be_either(utf8: str) -> bool:
    """Whether letters are in it, but none that only UTF-8 writes so: 谢谢 of GB18030 is лл."""
    if utf8.isascii() or max(utf8) >= _SHORTEST_CHINESE:
        return False
    return any(sign.isalpha() for sign in utf8 if not sign.isascii())


def _check_not_damaged(file: Path, data: bytes) -> None:
    """Read no UTF-8 with a few broken bytes as the signs that it would be in GB18030."""
    text = data.decode("utf-8", errors="replace")
    lost = text.count(_LOST)
    if lost < sum(sign >= _SHORTEST_CHINESE for sign in text) - lost:
        raise AdminError(
            "{file} is UTF-8, but line {line} is damaged: type its signs anew and save as CSV"
            " UTF-8",
            file=file,
            line=text.count("\n", 0, text.index(_LOST)) + 1,
        )


def _specimen(text: str) -> str:
    return "".join(sign for sign in text if not sign.isascii())[:12]


def _no_text(file: Path) -> AdminError:
    return AdminError("{file} is not UTF-8 nor GB18030: save it as CSV UTF-8", file=file)
