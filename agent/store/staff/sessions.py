"""Sessions of till pages: one a till, known by the SHA-256 of its token alone."""

from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.staff.cashier import Language, Role
from agent.store.sqlite import Connection


class SessionRow(Struct, frozen=True, kw_only=True):
    """One session, with the name and role that its cashier has now."""

    token_hash: bytes
    cashier: str
    till: str
    training: bool
    language: Language
    seen_at: Millis
    """The last time that the cashier did something."""
    locked: bool = False
    approved_by: str | None = None
    """The supervisor whose PIN was given."""
    approved_until: Millis = Millis(0)
    name: str = ""
    role: Role = Role.CASHIER


_SELECT = (
    "SELECT token_hash, cashier, till, training, language, seen_at, locked, "
    "approved_by, approved_until, name, role FROM session JOIN cashier USING (cashier) "
)


def find(db: Connection, token_hash: bytes) -> SessionRow | None:
    """Return the session of this token, None when there is none."""
    row = db.execute(_SELECT + "WHERE token_hash = ?", (token_hash,)).fetchone()
    if row is None:
        return None
    return SessionRow(
        token_hash=row[0],
        cashier=row[1],
        till=row[2],
        training=bool(row[3]),
        language=Language(row[4]),
        seen_at=Millis(row[5]),
        locked=bool(row[6]),
        approved_by=row[7],
        approved_until=Millis(row[8]),
        name=row[9],
        role=Role(row[10]),
    )


def begin(db: Connection, row: SessionRow) -> None:
    """Begin a session; the till's former one ends with it."""
    db.execute("DELETE FROM session WHERE till = ?", (row.till,))
    db.execute(
        "INSERT INTO session (token_hash, cashier, till, training, language, seen_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (row.token_hash, row.cashier, row.till, row.training, row.language, row.seen_at),
    )


def end(db: Connection, token_hash: bytes) -> None:
    """End the session."""
    db.execute("DELETE FROM session WHERE token_hash = ?", (token_hash,))


def end_all_of(db: Connection, cashier: str) -> None:
    """End the sessions of `cashier`, and what the others may do by the cashier's PIN."""
    db.execute("DELETE FROM session WHERE cashier = ?", (cashier,))
    db.execute(
        "UPDATE session SET approved_by = NULL, approved_until = 0 WHERE approved_by = ?",
        (cashier,),
    )


def seen(db: Connection, token_hash: bytes, at: Millis) -> None:
    """Record that the cashier did something."""
    db.execute("UPDATE session SET seen_at = ? WHERE token_hash = ?", (at, token_hash))


def lock(db: Connection, token_hash: bytes) -> None:
    """Lock the session; an approval given to it ends."""
    db.execute(
        "UPDATE session SET locked = 1, approved_by = NULL, approved_until = 0 "
        "WHERE token_hash = ?",
        (token_hash,),
    )


def unlock(db: Connection, token_hash: bytes, at: Millis) -> None:
    """Unlock the session."""
    db.execute("UPDATE session SET locked = 0, seen_at = ? WHERE token_hash = ?", (at, token_hash))


def speak(db: Connection, token_hash: bytes, language: Language) -> None:
    """Change the session's language."""
    db.execute("UPDATE session SET language = ? WHERE token_hash = ?", (language, token_hash))


def approve(db: Connection, token_hash: bytes, by: str, until: Millis) -> None:
    """Record that the supervisor `by` gave the PIN; nothing when it was locked meanwhile."""
    db.execute(
        "UPDATE session SET approved_by = ?, approved_until = ? "
        "WHERE token_hash = ? AND NOT locked",
        (by, until, token_hash),
    )


def take_approval(db: Connection, token_hash: bytes, by: str, now: Millis) -> Millis | None:
    """Use up the approval of `by`; return until when it was good, None when there is none."""
    row = db.execute(
        "SELECT approved_until FROM session "
        "WHERE token_hash = ? AND approved_by = ? AND approved_until > ?",
        (token_hash, by, now),
    ).fetchone()
    if row is None:
        return None
    db.execute("UPDATE session SET approved_by = NULL WHERE token_hash = ?", (token_hash,))
    return Millis(row[0])


def give_approval_back(db: Connection, token_hash: bytes, by: str, until: Millis) -> None:
    """Undo `take_approval`; nothing when the session was locked since, or approved anew."""
    db.execute(
        "UPDATE session SET approved_by = ? "
        "WHERE token_hash = ? AND approved_by IS NULL AND approved_until = ?",
        (by, token_hash, until),
    )
