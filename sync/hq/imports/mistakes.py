"""Every mistake in a table file, each with its line and what to type instead."""

from typing import NamedTuple

from sync.hq.errors import AdminError

MAX_MISTAKES = 50
"""Told at once; how many there are in all is said."""


class Place(NamedTuple):
    """Where a row stands in a file."""

    line: int
    """Of the text, where the row begins; the first is 1."""
    row: int
    """Of the spreadsheet: less than `line` below a cell that holds several lines."""


class Mistakes:
    """Collects mistakes of a file; nothing is taken while there is one."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._found: list[tuple[Place, AdminError]] = []

    def add(self, place: Place, error: AdminError) -> None:
        """Note a mistake in the row at `place`."""
        self._found.append((place, error))

    def raise_if_any(self) -> None:
        """Raise one AdminError that tells them all, by line."""
        if not self._found:
            return
        found = sorted(self._found, key=lambda mistake: mistake[0])
        raise AdminError(
            "{file}: nothing was taken. Mistakes: {count}{mistakes}{more}",
            file=self._file,
            count=len(found),
            mistakes=tuple(_told(*mistake) for mistake in found[:MAX_MISTAKES]),
            more=_more(len(found) - MAX_MISTAKES),
        )


def _told(place: Place, error: AdminError) -> AdminError:
    if place.line == place.row:
        return AdminError("\n  line {line}: {why}", line=place.line, why=error)
    return AdminError(
        "\n  line {line}: {why} (row {row} of the spreadsheet)",
        line=place.line,
        row=place.row,
        why=error,
    )


def _more(count: int) -> AdminError | str:
    return AdminError("\n  and {count} more", count=count) if count > 0 else ""
