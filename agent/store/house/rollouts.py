"""Rollouts of head office that this store is in, each as head office told it."""

from agent.store.sqlite import Connection


def put(db: Connection, rollout: int, body: bytes) -> None:
    """Keep a rollout."""
    db.execute("INSERT OR REPLACE INTO rollout (rollout, body) VALUES (?, ?)", (rollout, body))


def withdraw(db: Connection, rollout: int) -> None:
    """Forget a rollout; nothing happens if there is none."""
    db.execute("DELETE FROM rollout WHERE rollout = ?", (rollout,))


def bodies(db: Connection) -> list[bytes]:
    """Return all, the newest last."""
    return [row[0] for row in db.execute("SELECT body FROM rollout ORDER BY rollout")]
