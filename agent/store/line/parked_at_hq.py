"""Events that head office holds and could not apply: as its answers and its feed tell."""

from msgspec import Struct

from agent.base.clock import Millis
from agent.store.sqlite import Connection


class ParkedAtHq(Struct, frozen=True, kw_only=True):
    """Why an event has no effect at head office, or but a part of it."""

    epoch: int
    seq: int
    code: str
    event_id: str
    """Empty where it could not be read."""
    kind: str
    detail: str
    settled: bool = False
    """People at head office are done with it; it is counted no more."""
    why: str = ""
    """As they said."""
    at: Millis
    """Since when, by HQ's clock."""


_COLUMNS = "epoch, seq, code, event_id, kind, detail, settled, why, at"


def put(db: Connection, one: ParkedAtHq) -> None:
    """Keep the newest that is known of it."""
    db.execute(
        f"INSERT OR REPLACE INTO parked_at_hq ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)",  # noqa: S608 - constants
        (
            one.epoch,
            one.seq,
            one.code,
            one.event_id,
            one.kind,
            one.detail,
            one.settled,
            one.why,
            one.at,
        ),
    )


def note(db: Connection, seq: int, code: str, detail: str, at: Millis) -> None:
    """Note what HQ answered of the event at `seq` of this journal, unless its feed was faster."""
    db.execute(
        f"INSERT OR IGNORE INTO parked_at_hq ({_COLUMNS}) "  # noqa: S608 - constants
        "SELECT s.epoch, ?, ?, coalesce(j.event_id, ''), coalesce(j.kind, ''), ?, 0, '', ? "
        "FROM sync_state s LEFT JOIN journal j ON j.seq = ?",
        (seq, code, detail, at, seq),
    )


def forget(db: Connection, epoch: int, seq: int, code: str) -> None:
    """It has taken effect."""
    db.execute(
        "DELETE FROM parked_at_hq WHERE epoch = ? AND seq = ? AND code = ?", (epoch, seq, code)
    )


def count(db: Connection) -> int:
    """Return how many events are open, whatever the number of reasons."""
    row = db.execute(
        "SELECT count(DISTINCT epoch || '.' || seq) FROM parked_at_hq WHERE NOT settled"
    ).fetchone()
    return int(row[0])


def listed(db: Connection, *, settled: bool) -> list[ParkedAtHq]:
    """Return all that are open, by place; `settled`: those that people are done with, too."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM parked_at_hq WHERE ? OR NOT settled ORDER BY epoch, seq, code",  # noqa: S608 - constants
        (settled,),
    )
    names = ParkedAtHq.__struct_fields__
    return [
        ParkedAtHq(**{**dict(zip(names, row, strict=True)), "settled": bool(row[6])})
        for row in rows
    ]
