"""What can be wrong with what an operator asks."""

from typing import Any


class AdminError(Exception):
    """It can't be done; the message says what to do instead.

    `text` may have `{gaps}`, so that it can be said in another language; what fills one may be an
    AdminError, or a tuple of them that are said one behind the other.
    """

    def __init__(self, text: str, /, **gaps: Any) -> None:
        super().__init__(text, gaps)
        self.text = text
        self.gaps = gaps

    def __str__(self) -> str:
        if not self.gaps:
            return self.text
        return self.text.format_map({name: _joined(value) for name, value in self.gaps.items()})


def _joined(value: object) -> object:
    return "".join(map(str, value)) if isinstance(value, tuple) else value
