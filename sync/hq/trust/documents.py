"""Signed documents: every edition is kept, and announced to every store."""

from asyncpg import Connection

from agent.base.clock import Millis
from agent.domain.trust.document import MAX_DOCUMENT_BYTES, DocumentKind
from sync.hq.errors import AdminError
from sync.hq.feed.announce import EVERY_STORE, Announcement, announce
from sync.protocol.changes import DocumentChange
from sync.protocol.messages import Entity

_LOCK = "LOCK TABLE signed_document IN SHARE ROW EXCLUSIVE MODE"

_NEXT_VERSION = "SELECT coalesce(max(version), 0) + 1 FROM signed_document WHERE kind = $1"

_PUBLISH = """
INSERT INTO signed_document (kind, version, document, published_at) VALUES ($1, $2, $3, $4)
"""

_LATEST = """
SELECT document FROM signed_document WHERE kind = $1 ORDER BY version DESC LIMIT 1
"""


async def lock_documents(connection: Connection) -> None:
    """Let no other transaction publish until this one ends."""
    await connection.execute(_LOCK)


async def next_version(connection: Connection, kind: DocumentKind, *, leap: int = 0) -> int:
    """Return the version of the next edition, leaving out `leap`; the documents are locked."""
    return int(await connection.fetchval(_NEXT_VERSION, kind.value)) + leap


async def publish(
    connection: Connection, kind: DocumentKind, *, version: int, document: bytes, now: Millis
) -> None:
    """Keep a new edition and announce it; the documents are locked."""
    if len(document) > MAX_DOCUMENT_BYTES:
        raise AdminError(
            "the {kind} comes to {size} bytes, {most} fit",
            kind=kind,
            size=len(document),
            most=MAX_DOCUMENT_BYTES,
        )
    await connection.execute(_PUBLISH, kind.value, version, document, now)
    change = DocumentChange(version=version, document=document.hex())
    await announce(connection, Announcement(EVERY_STORE, Entity(kind.value), kind.value, change))


async def latest(connection: Connection, kind: DocumentKind) -> bytes | None:
    """Return the newest edition, None before the first."""
    document: bytes | None = await connection.fetchval(_LATEST, kind.value)
    return document
