"""What the settings say of a customer display."""

from msgspec import Struct

from drivers.display.cd5220 import Characters

MIN_COLUMNS = 16
MAX_COLUMNS = 40


class DisplayOptions(Struct, frozen=True, kw_only=True):
    """How wide a display is, and what it can show."""

    columns: int = 20
    characters: Characters = "gb18030"
    """ascii: for displays without Chinese characters."""

    def __post_init__(self) -> None:
        if not MIN_COLUMNS <= self.columns <= MAX_COLUMNS:
            raise ValueError(f"columns is from {MIN_COLUMNS} to {MAX_COLUMNS}")
