"""What a scanner sent for one code, and what each setting would make of it."""

from msgspec import Struct, structs

from drivers.scanner.framing import Framing
from drivers.scanner.keys import KeyDecoder
from drivers.scanner.options import CodeEncoding, ScannerOptions
from drivers.scanner.text import text_of

END = b"\r"


class Heard(Struct, frozen=True, kw_only=True):
    """One burst of bytes, from silence to silence."""

    address: str
    data: bytes
    """As they came: of a keyboard, key events."""
    longest_gap_ms: int = 0
    """Between two of its bytes."""

    @property
    def is_typed(self) -> bool:
        """Whether it came as key presses."""
        return self.address.startswith("hid:")

    def decoded(self, encoding: CodeEncoding) -> bytes:
        """The bytes before codes are cut out of them."""
        return KeyDecoder(encoding).feed(self.data) if self.is_typed else self.data

    def text(self, encoding: CodeEncoding = "auto") -> str:
        """All of it as text, with what marks the ends."""
        return text_of(self.decoded(encoding), encoding)

    def codes(self, options: ScannerOptions) -> list[str]:
        """The codes that the scanner's driver would tell of it, with these settings."""
        framing = Framing(structs.replace(options, idle_ms=0))
        codes = framing.feed(self.decoded(options.encoding))
        return codes + framing.end() if options.idle_ms else codes
