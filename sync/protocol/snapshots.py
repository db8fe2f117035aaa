"""The snapshot: the newest state of everything that a store is told, in pages to be fetched singly.

A page is gzip of lines, each a change as in ChangesPage; it is named by the SHA-256 of its bytes.
"""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from sync.protocol.limits import MAX_PAGE_BYTES, MAX_SEQ, MAX_SNAPSHOT_CHANGES
from sync.protocol.messages import Change, Cursor, Hash, ServerTime, Short

SNAPSHOT_TYPE = "application/gzip"
"""Content type of a page."""

_LEVEL = 4
"""Of gzip: half the time of the usual 6 for a twentieth more bytes."""

_lines = msgspec.json.Encoder()
_line = msgspec.json.Decoder(Change)


class SnapshotPage(Struct, frozen=True, array_like=True):
    """A page: `[sha256, bytes, changes]`."""

    sha256: Hash
    """Of the page's bytes as they travel; its name."""
    bytes: Annotated[int, Meta(ge=1, le=MAX_PAGE_BYTES)]
    changes: Annotated[int, Meta(ge=1, le=MAX_SNAPSHOT_CHANGES)]


class Snapshot(Struct, frozen=True, kw_only=True):
    """`GET /sync/v1/snapshot`: the pages in the order in which they are applied."""

    cursor: Cursor
    """Where the feed goes on behind them."""
    hq_epoch: Short
    server_time: ServerTime
    pages: tuple[SnapshotPage, ...]
    place: Annotated[int, Meta(ge=0, le=MAX_SEQ)] = 0
    """As in ChangesPage."""


class PageDiffersError(ValueError):
    """The bytes are not those of the page, or not what a page is made of."""


def pack(changes: Iterable[Change]) -> bytes:
    """Return the bytes of a page."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 31)
    return packer.compress(_lines.encode_lines(changes)) + packer.flush()


def unpack(data: bytes, page: SnapshotPage) -> Sequence[Change]:
    """Return the changes of `page`, whose bytes `data` must be. PageDiffersError."""
    if len(data) != page.bytes or hashlib.sha256(data).hexdigest() != page.sha256:
        raise PageDiffersError(f"{len(data)} bytes that are not page {page.sha256[:12]}")
    try:
        unpacker = zlib.decompressobj(31)
        lines = unpacker.decompress(data, MAX_PAGE_BYTES)
        if not unpacker.eof or unpacker.unused_data:
            raise PageDiffersError(f"more than {MAX_PAGE_BYTES} bytes, or not whole")
        changes = _line.decode_lines(lines)
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PageDiffersError(str(error)) from None
    if len(changes) != page.changes:
        raise PageDiffersError(f"{len(changes)} changes, expected {page.changes}")
    return changes
