"""First answers: the same key and request get the same answer again, also after a restart."""

from msgspec import Struct

from agent.base.clock import Millis
from agent.store.sqlite import Connection


class Answer(Struct, frozen=True):
    """An answer as it was given."""

    status: int
    body: bytes
    headers: dict[str, str] | None = None
    """Of this answer alone, such as a cookie; not kept."""


class KeyReusedError(Exception):
    """The key was used before, with another request."""


def find(db: Connection, client: str, key: str, request_hash: bytes) -> Answer | None:
    """Return the first answer given under `key`; raise KeyReusedError for another request."""
    row = db.execute(
        "SELECT request_hash, status, answer FROM idempotency WHERE client = ? AND key = ?",
        (client, key),
    ).fetchone()
    if row is None:
        return None
    if row[0] != request_hash:
        raise KeyReusedError(key)
    return Answer(row[1], row[2])


def keep(
    db: Connection, client: str, key: str, request_hash: bytes, answer: Answer, at: Millis
) -> None:
    """Keep the answer in the transaction of what it tells."""
    db.execute(
        "INSERT INTO idempotency (client, key, request_hash, status, answer, at, day) "
        "VALUES (?,?,?,?,?,?, (SELECT day FROM today))",
        (client, key, request_hash, answer.status, answer.body, at),
    )


def kept_until(db: Connection, day: int, limit: int) -> list[tuple[str, str]]:
    """Return the client-key pairs of `day` and before among the `limit` first ones kept."""
    return db.execute(
        "SELECT client, key FROM (SELECT client, key, day FROM idempotency ORDER BY rowid LIMIT ?) "
        "WHERE day <= ?",
        (limit, day),
    ).fetchall()


def forget(db: Connection, pairs: list[tuple[str, str]]) -> None:
    """Delete these answers."""
    db.executemany("DELETE FROM idempotency WHERE client = ? AND key = ?", pairs)
