"""A trial write: as much as a sale writes, into one row that tells nothing."""

from agent.store.sqlite import Connection

TRIAL_BYTES = 16_384
"""A sale of a few lines with its event, answer and receipt writes about as much."""


def write(db: Connection) -> None:
    """Overwrite the trial row with new bytes, so that the pages really are written."""
    db.execute(
        "INSERT INTO recording_trial (id, filler) VALUES (1, randomblob(?)) "
        "ON CONFLICT (id) DO UPDATE SET filler = excluded.filler",
        (TRIAL_BYTES,),
    )
