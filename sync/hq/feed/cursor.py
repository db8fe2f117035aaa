"""A store's place in the change feed: one in each of its four streams.

What is for all stores stands apart from what is for one, so that the same place means the same
bytes to every store; what is urgent stands apart from the rest, and comes first. A thing (an entity
and its key) is always told in one stream, where its changes keep their order.
"""

import re
from typing import NamedTuple, Self

from agent.base.problem import ProblemError
from sync.hq.feed.announce import EVERY_STORE
from sync.protocol.limits import MAX_CURSOR_CHARS

URGENT, REST = 1, 2
"""Lanes (schema/022_lanes.sql says what is in which)."""


class Stream(NamedTuple):
    """Changes that have one order."""

    for_all: bool
    lane: int

    def audience(self, store: str) -> str:
        """Return whom its changes are for, as seen by `store`."""
        return EVERY_STORE if self.for_all else store


STREAMS = (Stream(True, URGENT), Stream(False, URGENT), Stream(True, REST), Stream(False, REST))
"""In the order in which a page brings them."""


class Position(NamedTuple):
    """The last change of a stream that a store has."""

    place: int
    id: int


START = Position(0, 0)
"""Before every change: ids begin with 1."""

_CURSOR = re.compile(r"((?:\d{1,18}\.\d{1,18}\.)+)([0-9a-f]{8})", re.ASCII)


class Cursor(NamedTuple):
    """A place in the feed of one incarnation; as text `place.id` of each stream, and that."""

    positions: tuple[Position, ...]
    incarnation: str

    @classmethod
    def parse(cls, text: str, *, hq_epoch: str) -> Self:
        """Return the cursor; empty text is the feed's start. Raise ProblemError 400 or 410."""
        incarnation = hq_epoch[:8]
        if not text:
            return cls((START,) * len(STREAMS), incarnation)
        match = _CURSOR.fullmatch(text) if len(text) <= MAX_CURSOR_CHARS else None
        if match is None:
            raise ProblemError(400, "cursor_malformed", "expected a cursor that HQ gave, or none")
        numbers = [int(number) for number in match[1].split(".")[:-1]]
        positions = tuple(map(Position, numbers[::2], numbers[1::2]))
        if match[2] != incarnation:
            raise gone("the cursor is of another incarnation of HQ's database")
        if len(positions) != len(STREAMS):
            raise gone("the cursor is of another version of HQ")
        return cls(positions, incarnation)

    def at(self, stream: int, position: Position) -> Self:
        """Return the cursor moved in one stream, told by its number."""
        positions = list(self.positions)
        positions[stream] = position
        return self._replace(positions=tuple(positions))

    def __str__(self) -> str:
        numbers = [str(number) for position in self.positions for number in position]
        return ".".join([*numbers, self.incarnation])


def gone(detail: str) -> ProblemError:
    """Return what a store is told that has to begin the feed anew."""
    return ProblemError(410, "cursor_gone", detail)
