"""From the bytes of a scanner to whole codes: no I/O, no clock, never an exception."""

import re
import unicodedata

from agent.domain.barcodes.elements import GROUP_SEPARATOR
from agent.domain.coupons.codes import MAX_CODE_BYTES
from drivers.scanner.options import ScannerOptions
from drivers.scanner.text import text_of

MAX_FRAME_BYTES = 2 * MAX_CODE_BYTES
"""The longest run of bytes up to a suffix that is taken for a code: no code's bytes are more, in
whichever encoding. A longer run is noise."""

_SEPARATORS = dict.fromkeys(map(ord, "\x1c\x1e\x1f"), GROUP_SEPARATOR)
_AT_ENDS = "".join(map(chr, range(32))).replace(GROUP_SEPARATOR, "")
_LINE_ENDS = b"\r\n\t"


class Framing:
    """Cuts a stream of bytes into codes; the same ones however the stream is cut into pieces.

    At most MAX_FRAME_BYTES and a suffix are held between two pieces.
    """

    def __init__(self, options: ScannerOptions) -> None:
        suffix = options.suffix.encode("utf-8", "replace")
        self._suffix = re.compile(re.escape(suffix) if suffix else b"[%b]" % _LINE_ENDS)
        self._suffix_bytes = max(len(suffix), 1)
        self._prefix = options.prefix.encode("utf-8", "replace")
        self._encoding = options.encoding
        self._held = bytearray()
        self._in_noise = False
        self._noise_runs = 0

    @property
    def held_bytes(self) -> int:
        """How much of an unfinished code is held."""
        return len(self._held)

    @property
    def unfinished(self) -> bool:
        """Whether something came since the last code ended: the beginning of one, or noise."""
        return bool(self._held) or self._in_noise

    @property
    def noise_runs(self) -> int:
        """How many runs were too long for a code so far; each is counted once, when it is."""
        return self._noise_runs

    def feed(self, data: bytes) -> list[str]:
        """Take in the next bytes; return the codes that end in them, in order."""
        self._held += data
        codes = [code for frame in self._cut() if (code := self._code(frame))]
        self._bound()
        return codes

    def end(self) -> list[str]:
        """Take what is held for a whole code, as nothing more came; return it if it is one.

        Noise ends here, too.
        """
        frame, noise = bytes(self._held), self._in_noise
        self.discard()
        code = "" if noise else self._code(frame)
        return [code] if code else []

    def discard(self) -> None:
        """Forget the unfinished code: its rest will never come."""
        self._held.clear()
        self._in_noise = False

    def _cut(self) -> list[bytes]:
        """Take the finished frames out of what is held."""
        frames = []
        start = 0
        for suffix in self._suffix.finditer(self._held):
            frames.append(bytes(self._held[start : suffix.start()]))
            start = suffix.end()
        if frames and self._in_noise:
            frames[0], self._in_noise = b"", False
        del self._held[:start]
        return [frame for frame in frames if not self._is_noise(frame)]

    def _is_noise(self, frame: bytes) -> bool:
        self._noise_runs += len(frame) > MAX_FRAME_BYTES
        return len(frame) > MAX_FRAME_BYTES

    def _bound(self) -> None:
        """Drop a run that is too long already, all but what may be the beginning of a suffix."""
        if self._in_noise or len(self._held) >= MAX_FRAME_BYTES + self._suffix_bytes:
            self._noise_runs += not self._in_noise
            self._in_noise = True
            del self._held[: len(self._held) - (self._suffix_bytes - 1)]

    def _code(self, frame: bytes) -> str:
        """The text of a frame, without its prefix and all control characters but GS.

        FS, RS and US within it are GS: what separates is never dropped.
        """
        text = text_of(self._without_prefix(frame.replace(b"\0", b"")), self._encoding)
        inner = text.strip(_AT_ENDS).translate(_SEPARATORS)
        return "".join(
            char for char in inner if char == GROUP_SEPARATOR or unicodedata.category(char) != "Cc"
        )

    def _without_prefix(self, frame: bytes) -> bytes:
        """A set suffix may leave line ends behind it, which stand before the next prefix."""
        begun = frame if frame.startswith(self._prefix) else frame.lstrip(_LINE_ENDS)
        return begun.removeprefix(self._prefix)
