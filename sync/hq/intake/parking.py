"""Why an event is not applied."""

from typing import NamedTuple, Self

MAX_DETAIL_CHARS = 300


class Parking(NamedTuple):
    """Why an event is not applied."""

    code: str
    detail: str = ""

    @classmethod
    def because(cls, code: str, error: Exception) -> Self:
        """Return a parking that tells the error, as far as a column can hold its text."""
        return cls(code, str(error)[:MAX_DETAIL_CHARS].replace("\0", "\\0"))
