"""Cashiers: number, name, role and the hash of the PIN."""

from msgspec import Struct

from agent.domain.staff.cashier import Role
from agent.store.sqlite import Connection


class CashierRow(Struct, frozen=True, kw_only=True):
    """One cashier."""

    cashier: str
    name: str
    role: Role
    pin_hash: str
    """argon2id of the peppered PIN, with its parameters."""


def find(db: Connection, cashier: str) -> CashierRow | None:
    """Return the cashier of this number, None when there is none."""
    row = db.execute(
        "SELECT cashier, name, role, pin_hash FROM cashier WHERE cashier = ?", (cashier,)
    ).fetchone()
    return _cashier(row) if row else None


def all_of(db: Connection) -> list[CashierRow]:
    """Return every cashier, by number."""
    rows = db.execute("SELECT cashier, name, role, pin_hash FROM cashier ORDER BY cashier")
    return [_cashier(row) for row in rows]


def add(db: Connection, row: CashierRow) -> bool:
    """Add a cashier; return False when the number is taken."""
    done = db.execute(
        "INSERT INTO cashier (cashier, name, role, pin_hash) "
        "VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (row.cashier, row.name, row.role, row.pin_hash),
    )
    return done.rowcount == 1


def set_pin(db: Connection, cashier: str, pin_hash: str) -> None:
    """Replace the PIN."""
    db.execute("UPDATE cashier SET pin_hash = ? WHERE cashier = ?", (pin_hash, cashier))


def remove(db: Connection, cashier: str) -> None:
    """Remove the cashier."""
    db.execute("DELETE FROM cashier WHERE cashier = ?", (cashier,))


def _cashier(row: tuple[str, str, str, str]) -> CashierRow:
    return CashierRow(cashier=row[0], name=row[1], role=Role(row[2]), pin_hash=row[3])
