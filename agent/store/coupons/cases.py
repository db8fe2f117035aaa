"""Cases that concern this store: conflicts that HQ judges."""

from agent.store.sqlite import Connection


def put_case(db: Connection, case_id: str, state: str, body: bytes) -> None:
    """Keep a case's newest state."""
    db.execute(
        "INSERT OR REPLACE INTO case_file (case_id, state, body) VALUES (?, ?, ?)",
        (case_id, state, body),
    )


def count_open_cases(db: Connection) -> int:
    """Return the number of cases that concern this store and are open."""
    return int(db.execute("SELECT count(*) FROM case_file WHERE state = 'open'").fetchone()[0])
