"""`POST /sync/v1/compare/feed`: do a store and HQ hold the same of what the feed tells?

Of each table both make rows of a key and a text, in the order of the keys' UTF-8 bytes, and hash
them. What a store's own events move (pieces, points) is left out.
"""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from sync.protocol.limits import MAX_COMPARED_RANGES, MAX_LISTED_ROWS
from sync.protocol.messages import Hash, ServerTime

SEPARATOR = "\x1f"
"""Between the fields of a row's text."""

Key = Annotated[str, Meta(max_length=128)]


class FeedTable(StrEnum):
    """What is compared; each row's fields, of which the first is the key."""

    ARTICLE = "article"
    """sku, name, price in fen, bar code of 14 digits or empty, categories joined by SEPARATOR,
    brand, planned prices as canonical JSON or empty; those out of sale are left out."""
    CAMPAIGN = "campaign"
    """number, name, class, begin, end, rule as JSON."""
    DOCUMENT = "document"
    """kind, version of the newest."""
    MEMBER = "member"
    """member id, tier, masked phone; those without either are left out."""
    PRICE_RULES = "price_rules"
    """key, body of the newest change, as canonical JSON."""
    PROMOTION = "promotion"
    """id, body of its newest change, as canonical JSON."""
    REVOCATION = "revocation"
    """coupon id, the only store that could take it or empty; of those that the feed shows."""


class KeyRange(Struct, frozen=True, array_like=True):
    """Rows of which `after` < key ≤ `until`, empty: to the end. `[after, until, digest]`."""

    after: Key
    until: Key
    digest: Hash
    """SHA-256 over the rows' hashes, 32 bytes each, in order."""


class FeedOrder(Struct, frozen=True, kw_only=True):
    """Ranges of one table of the store."""

    table: FeedTable
    ranges: Annotated[tuple[KeyRange, ...], Meta(min_length=1, max_length=MAX_COMPARED_RANGES)]
    listing: bool = False
    """HQ lists the keys of the only range, too."""
    begins: bool = False
    """A comparison begins; what an earlier one found is done with."""
    key: Key = ""
    why: Annotated[str, Meta(max_length=64)] = ""
    """What the store found in the end: the first row that differs."""


class HqRow(Struct, frozen=True, array_like=True):
    """A row as HQ holds it: `[key, hash]`."""

    key: str
    hash: Hash


class FeedComparison(Struct, frozen=True, kw_only=True):
    """HQ's own digests, in the order in which it was asked."""

    server_time: ServerTime
    digests: Annotated[tuple[Hash, ...], Meta(max_length=MAX_COMPARED_RANGES)] = ()
    rows: Annotated[tuple[HqRow, ...], Meta(max_length=MAX_LISTED_ROWS)] = ()
    """The first MAX_LISTED_ROWS of the range that was to be listed."""


def row_hash(*fields: object) -> bytes:
    """Return the hash of a row."""
    return hashlib.sha256(SEPARATOR.join(map(str, fields)).encode()).digest()


def digest_of_rows(hashes: Iterable[bytes]) -> str:
    """Return the digest of rows with these hashes, 64 hex digits."""
    return hashlib.sha256(b"".join(hashes)).hexdigest()
