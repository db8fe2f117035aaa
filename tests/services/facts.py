"""What a store's database holds, read beside its agent."""

from pathlib import Path
from typing import Any

from agent.state_dir import DATABASE_FILE
from agent.store.line import journal
from agent.store.sqlite import connect

_TABLES = (
    "journal sale receipt_counter redemption idempotency stock member coupon_state document "
    "refund refund_line shift"
)


def facts(state_dir: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table that a request may change."""
    db = connect(str(state_dir / DATABASE_FILE), read_only=True)
    try:
        return {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in _TABLES.split()}
    finally:
        db.close()


def checked_events(state_dir: Path, store: str) -> int:
    """Verify the chain; return the number of events."""
    db = connect(str(state_dir / DATABASE_FILE), read_only=True)
    try:
        return journal.verify(db, store)
    finally:
        db.close()
