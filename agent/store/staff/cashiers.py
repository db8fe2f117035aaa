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
    card_hash: str = ""
    """Of the card by which they approve; empty: they have none."""


_COLUMNS = "cashier, name, role, pin_hash, card_hash"


def find(db: Connection, cashier: str) -> CashierRow | None:
    """Return the cashier of this number, None when there is none."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM cashier WHERE cashier = ?",  # noqa: S608 - constants
        (cashier,),
    ).fetchone()
    return _cashier(row) if row else None


def of_card(db: Connection, card_hash: str) -> CashierRow | None:
    """Return the cashier whose card it is, None when it is nobody's."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM cashier WHERE card_hash = ? AND card_hash <> ''",  # noqa: S608 - constants
        (card_hash,),
    ).fetchone()
    return _cashier(row) if row else None


def all_of(db: Connection) -> list[CashierRow]:
    """Return every cashier, by number."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM cashier ORDER BY cashier")  # noqa: S608 - constants
    return [_cashier(row) for row in rows]


def add(db: Connection, row: CashierRow) -> bool:
    """Add a cashier; return False when the number is taken."""
    done = db.execute(
        f"INSERT INTO cashier ({_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",  # noqa: S608 - constants
        (row.cashier, row.name, row.role, row.pin_hash, row.card_hash),
    )
    return done.rowcount == 1


def set_pin(db: Connection, cashier: str, pin_hash: str) -> None:
    """Replace the PIN."""
    db.execute("UPDATE cashier SET pin_hash = ? WHERE cashier = ?", (pin_hash, cashier))


def set_card(db: Connection, cashier: str, card_hash: str) -> None:
    """Replace the card; the former one is nobody's from now on."""
    db.execute("UPDATE cashier SET card_hash = ? WHERE cashier = ?", (card_hash, cashier))


def remove(db: Connection, cashier: str) -> None:
    """Remove the cashier."""
    db.execute("DELETE FROM cashier WHERE cashier = ?", (cashier,))


def _cashier(row: tuple[str, str, str, str, str]) -> CashierRow:
    cashier, name, role, pin_hash, card = row
    return CashierRow(
        cashier=cashier, name=name, role=Role(role), pin_hash=pin_hash, card_hash=card
    )
