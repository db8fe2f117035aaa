"""The training ground's copy of what HQ told the store, and of which coupons are used."""

from pathlib import Path

from agent.store.sqlite import Connection, connect

_TABLES = (
    "campaign",
    "article",
    "stock",
    "member",
    "coupon_state",
    "opaque_code",
    "price_rules",
    "promotion",
    "document",
    "parked_change",
)
_USED_HERE = (
    "INSERT OR REPLACE INTO coupon_state (coupon_id, state, redemption_id, store, till, receipt, "
    "occurred_at) SELECT coupon_id, 'used', redemption_id, (SELECT store FROM real.sync_state), "
    "till, receipt, occurred_at FROM real.redemption WHERE reversed_seq IS NULL"
)
_AS_FRESH = (
    "UPDATE sync_state SET (contact_at, feed_at, revocations_at) = "
    "(SELECT contact_at, feed_at, revocations_at FROM real.sync_state)"
)
_SAME_BOOK = (
    "INSERT OR REPLACE INTO table_digest (name, columns, digest) SELECT name, columns, digest "
    "FROM real.table_digest WHERE name IN ('campaign', 'price_rules', 'promotion')"
)
_FREE = "DELETE FROM redemption"


def copy_catalogue(real: Path, training: Path, *, anew: bool) -> None:
    """Bring the training database to the state of the real one, which is only read.

    `anew` frees the coupons used in training, too. Raises sqlite.DatabaseError; the training
    database is then as it was.
    """
    db = connect(str(training))
    try:
        db.execute("ATTACH DATABASE ? AS real", (f"file:{real}?mode=ro",))
        db.execute("BEGIN")
        for table in _TABLES:
            db.execute(f"DELETE FROM main.{table}")  # noqa: S608 - constants
            names = _columns(db, table)
            db.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM real.{table}")  # noqa: S608
        db.execute(_SAME_BOOK)
        db.execute(_USED_HERE)
        db.execute(_AS_FRESH)
        if anew:
            db.execute(_FREE)
        db.execute("COMMIT")
    finally:
        db.close()


def _columns(db: Connection, table: str) -> str:
    """Return the names of the columns that this version knows; the real one may have more."""
    rows = db.execute("SELECT name FROM pragma_table_info(?, 'main')", (table,))
    return ", ".join(name for (name,) in rows)
