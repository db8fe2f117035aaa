"""HQ's signed documents."""

from agent.domain.trust.document import DocumentKind
from agent.store.sqlite import Connection


def document(db: Connection, kind: DocumentKind) -> bytes | None:
    """Return the newest signed document of `kind`."""
    row = db.execute("SELECT document FROM document WHERE kind = ?", (str(kind),)).fetchone()
    return row[0] if row else None


def held_version(db: Connection, kind: DocumentKind) -> int:
    """Return the version of the document of `kind` that is kept, 0 before the first."""
    row = db.execute("SELECT version FROM document WHERE kind = ?", (str(kind),)).fetchone()
    return int(row[0]) if row else 0


def expect_again(db: Connection) -> None:
    """Let any version that is told next replace the document that is kept."""
    db.execute("UPDATE document SET version = 0")


def put_document(db: Connection, kind: DocumentKind, version: int, data: bytes) -> None:
    """Keep a signed document unless a newer one is kept."""
    db.execute(
        "INSERT INTO document (kind, version, document) "
        "VALUES (?, ?, ?) ON CONFLICT (kind) DO UPDATE "
        "SET version = excluded.version, document = excluded.document "
        "WHERE excluded.version >= document.version",
        (str(kind), version, data),
    )
