"""What the settings say of a customer display."""

from typing import Literal

from msgspec import Struct

from drivers.display.characters import Characters

MIN_COLUMNS = 16
MAX_COLUMNS = 40

DisplayKind = Literal["cd5220", "escpos", "led8", "led8n"]
"""The commands that it knows: two lines of text by CD5220's or Epson's, or eight digits."""


class DisplayOptions(Struct, frozen=True, kw_only=True):
    """What a display speaks, how wide it is, and what it can show."""

    kind: DisplayKind = "cd5220"
    columns: int = 20
    characters: Characters = "gbk"
    """gb18030: for fonts that have the rare signs, too; ascii: for displays without Chinese."""

    def __post_init__(self) -> None:
        if not MIN_COLUMNS <= self.columns <= MAX_COLUMNS:
            raise ValueError(f"columns is from {MIN_COLUMNS} to {MAX_COLUMNS}")
