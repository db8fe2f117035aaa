"""Baskets: at most one open at a till, and those that were held (挂单)."""

import hashlib

from msgspec import Struct

from agent.base.clock import Millis
from agent.store.sqlite import Connection

_COLUMNS = "basket_id, till, name, cashier, body, at"
_REVISION_DIGITS = 16


class Basket(Struct, frozen=True, kw_only=True):
    """A basket as kept."""

    basket_id: str
    till: str
    """Where it lies, or lay when it was held."""
    name: str
    """Empty while it is open."""
    cashier: str
    body: bytes
    """JSON of what is in it; bearer codes among it, so it goes when the basket goes."""
    at: Millis
    """When it was last changed, or held."""


def revision_of(basket: Basket | None) -> str:
    """Return what tells this content from any other; empty for no basket."""
    return hashlib.sha256(basket.body).hexdigest()[:_REVISION_DIGITS] if basket else ""


def open_at(db: Connection, till: str) -> Basket | None:
    """Return the till's open basket."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM basket WHERE till = ? AND state = 'open'",  # noqa: S608 - constants
        (till,),
    ).fetchone()
    return _basket(row) if row else None


def all_open(db: Connection) -> list[Basket]:
    """Return the open basket of each till that has one."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM basket WHERE state = 'open' ORDER BY till")  # noqa: S608 - constants
    return [_basket(row) for row in rows]


def held_one(db: Connection, basket_id: str) -> Basket | None:
    """Return a held basket."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM basket WHERE basket_id = ? AND state = 'held'",  # noqa: S608 - constants
        (basket_id,),
    ).fetchone()
    return _basket(row) if row else None


def put(db: Connection, basket: Basket) -> Basket:
    """Make it the till's open basket, or the new content of the one that is open; return that."""
    row = db.execute(
        f"INSERT INTO basket ({_COLUMNS}, state) VALUES (?,?,?,?,?,?, 'open') "  # noqa: S608 - constants
        "ON CONFLICT (till) WHERE state = 'open' DO UPDATE SET cashier = excluded.cashier, "
        f"body = excluded.body, at = excluded.at RETURNING {_COLUMNS}",
        (basket.basket_id, basket.till, "", basket.cashier, basket.body, basket.at),
    ).fetchone()
    return _basket(row)


def clear(db: Connection, till: str) -> None:
    """Delete the till's open basket."""
    db.execute("DELETE FROM basket WHERE till = ? AND state = 'open'", (till,))


def close(db: Connection, till: str, basket_id: str) -> None:
    """Delete this basket if it is the till's open one: it was sold."""
    db.execute(
        "DELETE FROM basket WHERE basket_id = ? AND till = ? AND state = 'open'", (basket_id, till)
    )


def hold(db: Connection, basket: Basket) -> None:
    """Set the open basket aside, under its name."""
    db.execute(
        "UPDATE basket SET state = 'held', name = ?, cashier = ?, at = ? WHERE basket_id = ?",
        (basket.name, basket.cashier, basket.at, basket.basket_id),
    )


def recall(db: Connection, basket_id: str, *, till: str, cashier: str, at: Millis) -> Basket | None:
    """Make a held basket the open one of `till`, which has none; None if it is not held."""
    row = db.execute(
        "UPDATE basket SET state = 'open', name = '', till = ?, cashier = ?, at = ? "  # noqa: S608 - constants
        f"WHERE basket_id = ? AND state = 'held' RETURNING {_COLUMNS}",
        (till, cashier, at, basket_id),
    ).fetchone()
    return _basket(row) if row else None


def discard(db: Connection, basket_id: str) -> bool:
    """Delete a held basket; tell whether it was held."""
    done = db.execute("DELETE FROM basket WHERE basket_id = ? AND state = 'held'", (basket_id,))
    return done.rowcount == 1


def held(db: Connection, limit: int) -> list[Basket]:
    """Return the held baskets of all tills, newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM basket WHERE state = 'held' ORDER BY at DESC, basket_id DESC "  # noqa: S608 - constants
        "LIMIT ?",
        (limit,),
    )
    return [_basket(row) for row in rows]


def count_held(db: Connection) -> int:
    """Return how many baskets are held."""
    return int(db.execute("SELECT count(*) FROM basket WHERE state = 'held'").fetchone()[0])


def _basket(row: tuple[str, str, str, str, bytes, int]) -> Basket:
    basket_id, till, name, cashier, body, at = row
    return Basket(
        basket_id=basket_id, till=till, name=name, cashier=cashier, body=body, at=Millis(at)
    )
