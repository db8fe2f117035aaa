"""How far a long file is, on a terminal."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sync.hq.commands.language import say

EVERY_ROWS = 5_000

T = TypeVar("T")


@contextmanager
def progress() -> Iterator["Progress"]:
    """Show what is being done while it lasts, on stderr if that is a terminal."""
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield Progress(status.update)


class Progress:
    """Tells how far the work is."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show

    def read(self, rows: Iterable[T]) -> Iterator[T]:
        """Pass rows on, and tell how many there were."""
        for count, row in enumerate(rows):
            if count % EVERY_ROWS == 0:
                self._show(say("rows read: {count}", count=count))
            yield row

    def compare(self) -> None:
        """Say that the rows are compared with what head office has, and written."""
        self._show(say("comparing, and writing what changes"))
