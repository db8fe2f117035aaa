"""What can be wrong with what an operator asks."""

from typing import Any


class AdminError(Exception):
    """It can't be done; the message says what to do instead.

    `text` may have `{gaps}`, so that it can be said in another language.
    """

    def __init__(self, text: str, /, **gaps: Any) -> None:
        super().__init__(text, gaps)
        self.text = text
        self.gaps = gaps

    def __str__(self) -> str:
        return self.text.format_map(self.gaps) if self.gaps else self.text
