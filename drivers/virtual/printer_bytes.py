"""Takes an ESC/POS byte stream apart, as a printer does; knows the syntax, not what it means.

Command names and lengths: Epson "ESC/POS Command Reference for TM printers".
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

MAX_TEXT_BYTES = 4_096
"""A run of text longer than this is handed on in parts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Printable bytes in a row."""

    data: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A command that this printer knows."""

    name: str
    params: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """Control bytes that begin no known command; skipped."""

    data: bytes


Token = Text | Command | Unknown


class _Spec(NamedTuple):
    name: str
    params: int = 0
    follow: Callable[[bytes], int] | None = None
    """How many bytes follow the parameters, which tell it."""


def _counted(params: bytes) -> int:
    """The last two parameters tell it, low byte first."""
    return int.from_bytes(params[-2:], "little")


def _dots(params: bytes) -> int:
    """m xL xH yL yH: x bytes for each of y rows of dots."""
    return int.from_bytes(params[1:3], "little") * int.from_bytes(params[3:5], "little")


_COMMANDS = {
    b"\n": _Spec("LF"),
    b"\x1b@": _Spec("ESC @"),
    b"\x1bR": _Spec("ESC R", 1),
    b"\x1bt": _Spec("ESC t", 1),
    b"\x1ba": _Spec("ESC a", 1),
    b"\x1bE": _Spec("ESC E", 1),
    b"\x1bd": _Spec("ESC d", 1),
    b"\x1bp": _Spec("ESC p", 3),
    b"\x1d!": _Spec("GS !", 1),
    b"\x1dV": _Spec("GS V", 1),
    b"\x1da": _Spec("GS a", 1),
    b"\x1dr": _Spec("GS r", 1),
    b"\x1dv0": _Spec("GS v 0", 5, _dots),
    b"\x1d(k": _Spec("GS ( k", 2, _counted),
    b"\x1c&": _Spec("FS &"),
    b"\x1c.": _Spec("FS ."),
    b"\x1c(C": _Spec("FS ( C", 2, _counted),
}
_Specs = Mapping[bytes, _Spec]
_FED_CUTS = frozenset(b"ABabgh")
"""Values of m with which GS V has a second parameter."""
_LONGEST_NAME = max(map(len, _COMMANDS))
_NULS = re.compile(rb"\x00+")
_TEXT = re.compile(rb"[\x20-\x7e\x80-\xff]+")

_REAL_TIME = re.compile(rb"\x10(?:\x04[\x01-\x04]|\x05[\x00-\x02]|\x14\x01[\x00\x01][\x01-\x08])")
"""DLE EOT n, DLE ENQ n, DLE DC4 1 m t."""
_REAL_TIME_BEGUN = re.compile(rb"\x10(?:\x04|\x05|\x14(?:\x01[\x00\x01]?)?)?\Z")


class RealTime:
    """Finds the commands that a printer obeys at once, wherever in the stream they stand."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> tuple[list[bytes], bytes]:
        """Return the real-time commands in `data`, and the stream without them."""
        stream = self._pending + data
        begun = _REAL_TIME_BEGUN.search(stream)
        end = begun.start() if begun else len(stream)
        self._pending = stream[end:]
        return _REAL_TIME.findall(stream[:end]), _REAL_TIME.sub(b"", stream[:end])


class Tokenizer:
    """Turns the stream into tokens, however it is split into reads."""

    def __init__(self, without: Collection[str] = ()) -> None:
        """`without`: names of commands that it does not know."""
        self._pending = bytearray()
        self._specs = {code: spec for code, spec in _COMMANDS.items() if spec.name not in without}

    def feed(self, data: bytes) -> list[Token]:
        """Return the tokens that are complete now; the rest is kept."""
        self._pending += data
        tokens, at = [], 0
        stream = bytes(self._pending)
        while found := _next_token(self._specs, stream, at):
            token, at = found
            tokens.append(token)
        del self._pending[:at]
        return tokens


def _next_token(specs: _Specs, stream: bytes, at: int) -> tuple[Token, int] | None:
    """The token at `at` and where the next begins; None while it is not complete."""
    if text := _TEXT.match(stream, at):
        complete = text.end() < len(stream) or len(text[0]) > MAX_TEXT_BYTES
        return (Text(data=text[0]), text.end()) if complete else None
    if nothing := _NULS.match(stream, at):
        return Command(name="NUL", params=b""), nothing.end()
    for length in range(1, _LONGEST_NAME + 1):
        name = stream[at : at + length]
        if spec := specs.get(name):
            return _command(spec, stream, at + length)
        if len(name) < length:
            return None
        if not any(known.startswith(name) for known in specs):
            return Unknown(data=name), at + length
    return None


def _command(spec: _Spec, stream: bytes, start: int) -> tuple[Token, int] | None:
    end = start + spec.params
    if len(stream) < end:
        return None
    if spec.follow:
        end += spec.follow(stream[start:end])
    elif spec.name == "GS V" and stream[start] in _FED_CUTS:
        end += 1
    if len(stream) < end:
        return None
    return Command(name=spec.name, params=stream[start:end]), end
