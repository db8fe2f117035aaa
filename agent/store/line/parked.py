"""Changes from HQ that this version can't read: parked as a whole, or applied but for some fields.

Of each thing only the newest change is kept; a later one that can be read replaces it.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from agent.base.clock import Millis
from agent.domain.coupons.campaign import Campaign
from agent.domain.coupons.opaque import OpaqueCoupons
from agent.store.facts import recall
from agent.store.line import parked_at_hq
from agent.store.promotions import Held, HeldRules
from agent.store.sqlite import Connection

_HELD: Final[dict[str, tuple[str, str, msgspec.json.Decoder[Any]]]] = {
    "campaign": (
        "SELECT campaign, body FROM campaign",
        "DELETE FROM campaign WHERE campaign = ? AND body = ?",
        msgspec.json.Decoder(Campaign),
    ),
    "opaque_code": (
        "SELECT key, body FROM opaque_code",
        "DELETE FROM opaque_code WHERE key = ? AND body = ?",
        msgspec.json.Decoder(OpaqueCoupons),
    ),
    "promotion": (
        "SELECT promotion, body FROM promotion",
        "DELETE FROM promotion WHERE promotion = ? AND body = ?",
        msgspec.json.Decoder(Held),
    ),
    "price_rules": (
        "SELECT rules, body FROM price_rules",
        "DELETE FROM price_rules WHERE rules = ? AND body = ?",
        msgspec.json.Decoder(HeldRules),
    ),
}
"""What is held as HQ's own text, by entity: how to read all of it, how to take one out."""


class ParkedChange(Struct, frozen=True, kw_only=True):
    """A change that was not applied."""

    id: int
    """Place in the order of arrival."""
    entity: str
    key: str
    body: bytes
    why: str
    at: Millis


class AheadChange(Struct, frozen=True, kw_only=True):
    """A change that was applied, but for fields that this version does not know."""

    entity: str
    key: str
    body: bytes
    fields: str
    """The names of those fields, sorted: a JSON array."""


def park(db: Connection, entity: str, key: str, body: bytes, why: str, at: Millis) -> None:
    """Keep a change that can't be applied, so that nobody loses it unseen."""
    forget(db, entity, key)
    db.execute(
        "INSERT INTO parked_change (entity, key, body, why, at) VALUES (?,?,?,?,?)",
        (entity, key, body, why, at),
    )


class Unread(NamedTuple):
    """Something that is held and can't be read, as after a return to an older version."""

    entity: str
    key: str
    body: bytes
    why: str


def unread(db: Connection) -> tuple[Unread, ...]:
    """Return what is held and can't be read. It looks at all that is held."""
    found = []
    for entity, (query, _, decoder) in _HELD.items():
        for key, body in db.execute(query):
            try:
                decoder.decode(body)
            except msgspec.MsgspecError as error:
                found.append(Unread(entity, str(key), body, str(error)))
    return tuple(found)


def set_aside(db: Connection, found: Sequence[Unread], at: Millis) -> None:
    """Park what was found unread; the version that wrote it applies it again."""
    for one in found:
        _, delete, _ = _HELD[one.entity]
        gone = db.execute(delete, (one.key, one.body)).rowcount
        if gone and not is_parked(db, one.entity, one.key):  # by a newer change
            park(db, one.entity, one.key, one.body, one.why, at)


def unpark(db: Connection, change_id: int) -> None:
    """Forget a parked change that was applied."""
    db.execute("DELETE FROM parked_change WHERE id = ?", (change_id,))


def explain(db: Connection, change_id: int, why: str) -> None:
    """Record why the change can't be applied today."""
    db.execute("UPDATE parked_change SET why = ? WHERE id = ? AND why <> ?", (why, change_id, why))


def keep_ahead(db: Connection, change: AheadChange) -> None:
    """Keep an applied change for a version that knows all of its fields."""
    db.execute(
        "INSERT OR REPLACE INTO ahead_change (entity, key, body, fields) VALUES (?,?,?,?)",
        (change.entity, change.key, change.body, change.fields),
    )


def forget(db: Connection, entity: str, key: str) -> bool:
    """Forget what was kept of a thing; tell whether it was parked."""
    thing = (entity, key)
    db.execute("DELETE FROM ahead_change WHERE entity = ? AND key = ?", thing)
    parked = db.execute("DELETE FROM parked_change WHERE entity = ? AND key = ?", thing)
    return bool(parked.rowcount)


def kept_keys(db: Connection, entity: str) -> frozenset[str]:
    """Return the keys of which something is kept here: parked, or applied in part."""
    rows = db.execute(
        "SELECT key FROM parked_change WHERE entity = :entity "
        "UNION SELECT key FROM ahead_change WHERE entity = :entity",
        {"entity": entity},
    )
    return frozenset(row[0] for row in rows)


def is_parked(db: Connection, entity: str, key: str) -> bool:
    """Tell whether the newest change of a thing is parked."""
    row = db.execute(
        "SELECT 1 FROM parked_change WHERE entity = ? AND key = ?", (entity, key)
    ).fetchone()
    return row is not None


def is_any_parked(db: Connection) -> bool:
    """Tell whether any change is parked."""
    return recall(db, "parked_change", "any", lambda: _is_any(db))


def parked_after(
    db: Connection, change_id: int, limit: int, *, entities: Sequence[str] | None = None
) -> list[ParkedChange]:
    """Return parked changes of `entities` (None: of any) after the one of `change_id`, in order."""
    marks = ",".join("?" * len(entities or ()))
    among = f"AND entity IN ({marks}) " if entities is not None else ""
    rows = db.execute(
        f"SELECT id, entity, key, body, why, at FROM parked_change WHERE id > ? {among}"  # noqa: S608 - marks
        "ORDER BY id LIMIT ?",
        (change_id, *(entities or ()), limit),
    )
    return [
        ParkedChange(id=row[0], entity=row[1], key=row[2], body=row[3], why=row[4], at=row[5])
        for row in rows
    ]


def told(db: Connection, limit: int) -> list[tuple[str, str, str]]:
    """Return entity, key and why of up to `limit` parked changes, every entity having its share."""
    rows = db.execute(
        "SELECT entity, key, why FROM (SELECT entity, key, why, row_number() OVER "
        "(PARTITION BY entity ORDER BY id DESC) AS place FROM parked_change) "
        "ORDER BY place, entity LIMIT ?",
        (limit,),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def count(db: Connection) -> int:
    """Return how many changes are parked."""
    return int(db.execute("SELECT count(*) FROM parked_change").fetchone()[0])


def counts(db: Connection) -> tuple[int, int]:
    """Return how many events HQ parked, and how many changes this store parked."""
    return parked_at_hq.count(db), count(db)


def ahead_kinds(db: Connection) -> list[tuple[str, str]]:
    """Return entity and unknown fields of the changes that were read but in part, each once."""
    return [
        (row[0], row[1]) for row in db.execute("SELECT DISTINCT entity, fields FROM ahead_change")
    ]


def ahead(db: Connection, entity: str, fields: str, limit: int) -> list[AheadChange]:
    """Return up to `limit` changes that were applied but for these fields."""
    rows = db.execute(
        "SELECT entity, key, body, fields FROM ahead_change "
        "WHERE entity = ? AND fields = ? LIMIT ?",
        (entity, fields, limit),
    )
    return [AheadChange(entity=row[0], key=row[1], body=row[2], fields=row[3]) for row in rows]


def _is_any(db: Connection) -> bool:
    return db.execute("SELECT 1 FROM parked_change LIMIT 1").fetchone() is not None
