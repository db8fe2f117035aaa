"""The hash chain of a journal.

An event's *line* is the canonical JSON of its envelope, with the hash of the event before it. The
line is what is hashed, what travels and what HQ keeps, so both sides hash the same bytes.
hash = SHA-256(HASH_TAG ‖ line).
"""

import hashlib

from msgspec import Raw, Struct, json
from msgspec.structs import replace

from agent.base.clock import Millis
from agent.base.strict_json import canonical

HASH_TAG = b"store-journal-v1\n"
HASH_BYTES = 32
GENESIS = bytes(HASH_BYTES)
"""`prev_hash` of the event with seq 1."""


class Envelope(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event of a store's journal, as hashed and sent."""

    body: Raw
    """Canonical JSON of the kind's body."""
    business_date: str
    """The store's day, YYYY-MM-DD."""
    cashier: str
    event_id: str
    """UUIDv7."""
    kind: str
    occurred_at: Millis
    prev_hash: str
    """Hash of the event before, 64 hex digits."""
    seq: int
    """1, 2, … without a gap."""
    store: str
    till: str


class ChainBrokenError(ValueError):
    """An event's hash does not follow from its content and the event before it."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"journal broken at seq {seq}: {why}")
        self.seq = seq


def line_of(envelope: Envelope) -> bytes:
    """Return the canonical bytes of `envelope`."""
    return canonical(envelope)


def line_hash(line: bytes) -> bytes:
    """Return the hash of an event's line, 32 bytes."""
    return hashlib.sha256(HASH_TAG + line).digest()


def same_fact(line: bytes, other: bytes) -> bool:
    """Whether two lines tell the same, wherever they stand in their journals."""
    return _without_place(line) == _without_place(other)


def _without_place(line: bytes) -> Envelope:
    return replace(_envelope.decode(line), seq=0, prev_hash="")


_envelope = json.Decoder(Envelope)
