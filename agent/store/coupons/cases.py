"""Cases that concern this store: conflicts that HQ judges."""

from agent.store.sqlite import Connection


def put_case(db: Connection, case_id: str, state: str, body: bytes) -> None:
    """Keep a case's newest state."""
    db.execute(
        "INSERT OR REPLACE INTO case_file (case_id, state, body) VALUES (?, ?, ?)",
        (case_id, state, body),
    )


def newest(db: Connection, limit: int) -> list[bytes]:
    """Return HQ's newest word on cases, the open ones first, then the newest."""
    rows = db.execute(
        "SELECT body FROM case_file ORDER BY state <> 'open', case_id DESC LIMIT ?", (limit,)
    )
    return [row[0] for row in rows]


def receipt_of(db: Connection, redemption_id: str) -> str:
    """Return the receipt on which a coupon was used here; empty: not known here."""
    row = db.execute(
        "SELECT receipt FROM redemption WHERE redemption_id = ?", (redemption_id,)
    ).fetchone()
    return str(row[0]) if row else ""


def count_open_cases(db: Connection) -> int:
    """Return the number of cases that concern this store and are open."""
    return int(db.execute("SELECT count(*) FROM case_file WHERE state = 'open'").fetchone()[0])
