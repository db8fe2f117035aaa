"""`POST /sync/v1/compare`: a store and HQ prove to each other that they hold the same journal.

Either side hashes the lines as it holds them now, not what it noted of them when they came.
"""

import hashlib
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from agent.domain.line.chain import GENESIS
from sync.protocol.limits import MAX_COMPARED_EVENTS, MAX_COMPARED_RANGES, MAX_SEQ
from sync.protocol.messages import Hash, ServerTime

Place = Annotated[int, Meta(ge=1, le=MAX_SEQ)]


class JournalRange(Struct, frozen=True, array_like=True):
    """Events of a journal: `[first, last, digest]`."""

    first: Place
    last: Place
    digest: Hash
    """SHA-256 over the hashes of their lines, 32 bytes each, in order."""


class CompareOrder(Struct, frozen=True, kw_only=True):
    """Ranges of a store's journal, up to what HQ has acknowledged, to be compared with HQ's."""

    ranges: Annotated[tuple[JournalRange, ...], Meta(min_length=1, max_length=MAX_COMPARED_RANGES)]
    """Together MAX_COMPARED_EVENTS events at most."""
    begins: bool = False
    """A comparison begins; what an earlier one found is done with."""
    why: Annotated[str, Meta(max_length=64)] = ""
    """With the one event that differs: what the store found, such as that its own copy changed."""


class HqRange(Struct, frozen=True, array_like=True):
    """The same events as HQ holds them: `[first, last, digest, events, hash]`."""

    first: Place
    last: Place
    digest: Hash
    events: Annotated[int, Meta(ge=0, le=MAX_COMPARED_EVENTS)]
    """How many of them HQ holds."""
    hash: Hash
    """Of the last of them, as it was when HQ received it; zeros: HQ holds none."""


class CompareAnswer(Struct, frozen=True, kw_only=True):
    """HQ's own digests, in the order in which it was asked."""

    server_time: ServerTime
    ranges: tuple[HqRange, ...] = ()


NO_HASH = GENESIS.hex()


def digest_of(line_hashes: Iterable[bytes]) -> str:
    """Return the digest of the events whose lines have these hashes, 64 hex digits."""
    return hashlib.sha256(b"".join(line_hashes)).hexdigest()
