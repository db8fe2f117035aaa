"""Compare: whether head office holds the same journal as this PC, and where the first difference
is. Both hash the lines anew; ranges that differ are split until one event is left.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Protocol, TypeVar

from msgspec import Struct

from agent.store.line import journal, sync_state
from agent.store.sqlite import Connection
from sync.protocol.compare import (
    CompareAnswer,
    CompareOrder,
    HqRange,
    JournalRange,
    digest_of,
)
from sync.protocol.identity import Identity
from sync.protocol.limits import MAX_COMPARED_EVENTS, MAX_COMPARED_RANGES

AT_ONCE = 500
"""Events hashed by one look at the database, so that no till waits for it."""

T = TypeVar("T")


class Read(Protocol):
    """Reads of the store's database."""

    async def __call__(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` returns of one state of the database."""


class Asks(Protocol):
    """Head office, to be asked."""

    async def compare(self, order: CompareOrder, identity: Identity) -> CompareAnswer:
        """Return what HQ holds; HqError."""


class Why(StrEnum):
    """Why the first event that differs does."""

    MISSING_AT_HQ = "missing_at_hq"
    CHANGED_AT_HQ = "changed_at_hq"
    """Since HQ received it."""
    CHANGED_HERE = "changed_here"
    """Since it was recorded."""
    OTHER_EVENT = "other_event"
    """HQ received another one: of a copy of this disk, or of another PC."""


class Difference(Struct, frozen=True, kw_only=True):
    """The first event that is not the same on both sides."""

    seq: int
    why: Why


class Compared(Struct, frozen=True, kw_only=True):
    """What a comparison found."""

    first_seq: int
    last_seq: int
    """What was compared; nothing when the last is below the first."""
    difference: Difference | None = None


class Comparison:
    """Compares this PC's journal with HQ's, up to what HQ has acknowledged.

    Its methods raise HqError, StoreError or DatabaseError.
    """

    def __init__(self, read: Read, hq: Asks) -> None:
        self._read = read
        self._hq = hq
        self._begins = True

    async def whole(self) -> Compared:
        """Compare all events that are kept here."""
        return await self._compare(_windows)

    async def of_night(self, day: int) -> Compared:
        """Compare the newest MAX_COMPARED_EVENTS, and as many of the older ones, whose turn it is
        on the `day`, a number that counts on."""
        return await self._compare(lambda first, last: nightly_windows(first, last, day))

    async def _compare(self, chosen: Callable[[int, int], Iterator[tuple[int, int]]]) -> Compared:
        state = await self._read(sync_state.get)
        first, last = await self._read(journal.pruned_through) + 1, state.acked.seq
        identity = Identity(state.install_id, state.epoch)
        for window in chosen(first, last):
            found = await self._first_difference(state.store, identity, *window)
            if found is not None:
                return Compared(first_seq=first, last_seq=last, difference=found)
        return Compared(first_seq=first, last_seq=last)

    async def _first_difference(
        self, store: str, identity: Identity, first: int, last: int
    ) -> Difference | None:
        while True:
            mine = [
                JournalRange(start, end, await self._digest(store, start, end))
                for start, end in split(first, last)
            ]
            theirs = await self._ask(mine, identity)
            pairs = zip(mine, theirs, strict=True)
            differing = next((one for one in pairs if one[0].digest != one[1].digest), None)
            if differing is None:
                return None
            first, last = differing[0].first, differing[0].last
            if first == last:
                found = Difference(seq=first, why=await self._why(store, differing[1]))
                await self._ask([differing[0]], identity, why=found.why)
                return found

    async def _ask(
        self, ranges: list[JournalRange], identity: Identity, *, why: str = ""
    ) -> tuple[HqRange, ...]:
        order = CompareOrder(ranges=tuple(ranges), begins=self._begins, why=why)
        answer = await self._hq.compare(order, identity)
        self._begins = False
        return answer.ranges

    async def _why(self, store: str, theirs: HqRange) -> Why:
        seq = theirs.first
        if not theirs.events:
            return Why.MISSING_AT_HQ
        noted = await self._read(lambda db: journal.hash_at(db, seq))
        held = await self._read(lambda db: journal.line_hashes(db, store, seq, seq))
        if [noted] != held:
            return Why.CHANGED_HERE
        return Why.CHANGED_AT_HQ if theirs.hash == held[0].hex() else Why.OTHER_EVENT

    async def _digest(self, store: str, first: int, last: int) -> str:
        hashes: list[bytes] = []
        for start in range(first, last + 1, AT_ONCE):
            end = min(start + AT_ONCE - 1, last)
            hashes += await self._read(_hashes_of(store, start, end))
        return digest_of(hashes)


def _hashes_of(store: str, first: int, last: int) -> Callable[[Connection], list[bytes]]:
    return lambda db: journal.line_hashes(db, store, first, last)


def _windows(first: int, last: int) -> Iterator[tuple[int, int]]:
    for start in range(first, last + 1, MAX_COMPARED_EVENTS):
        yield start, min(start + MAX_COMPARED_EVENTS - 1, last)


def nightly_windows(first: int, last: int, day: int) -> Iterator[tuple[int, int]]:
    """Return what of the events `first` to `last` is compared on `day`, a number that counts on."""
    newest = max(first, last - MAX_COMPARED_EVENTS + 1)
    older = list(_windows(first, newest - 1))
    if older:
        yield older[day % len(older)]
    if newest <= last:
        yield newest, last


def split(first: int, last: int) -> Iterator[tuple[int, int]]:
    """Split into MAX_COMPARED_RANGES ranges of one size, or into single events."""
    size = -(-(last - first + 1) // MAX_COMPARED_RANGES)
    for start in range(first, last + 1, size):
        yield start, min(start + size - 1, last)
