"""Things that head office tells and may take back: where each kind of them is kept."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from agent.store.sqlite import Connection


class _Place(NamedTuple):
    table: str
    key: str
    condition: str = "true"
    """What of the table head office has the say over."""


_PLACES: Final = {
    "article": _Place("article", "sku"),
    "campaign": _Place("campaign", "campaign"),
    "case": _Place("case_file", "case_id"),
    "handout": _Place("handout", "coupon_id", "sale_id IS NULL"),
    "member": _Place("member", "member_id"),
    "opaque_code": _Place("opaque_code", "key"),
    "price_rules": _Place("price_rules", "rules"),
    "promotion": _Place("promotion", "promotion"),
    "rollout": _Place("rollout", "rollout"),
    "stock": _Place("stock", "sku"),
}
"""By entity. What a use or a revocation ends is never taken back by silence, nor is the past;
documents have editions."""

_SWEEP = """
DELETE FROM {table} WHERE {condition} AND NOT EXISTS (
    SELECT 1 FROM seeded s WHERE s.entity = {entity} AND s.key = CAST({key} AS TEXT))
"""

_KEPT_UNREAD = ("parked_change", "ahead_change")


def is_removable(entity: str) -> bool:
    """Tell whether things of this kind may be gone."""
    return entity in _PLACES


def remove(db: Connection, entity: str, key: str) -> None:
    """Forget a thing that is gone."""
    table, column, condition = _PLACES[entity]
    db.execute(f"DELETE FROM {table} WHERE {column} = ? AND {condition}", (key,))  # noqa: S608 - ours


def is_any_held(db: Connection) -> bool:
    """Tell whether anything is held that head office told."""
    tables = [*(place.table for place in _PLACES.values()), *_KEPT_UNREAD]
    return any(db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables)  # noqa: S608 - ours


def sweep(db: Connection) -> dict[str, int]:
    """Forget what is held and not in `seeded`; return how many of each table."""
    gone = {}
    for table, query in _sweeps():
        if count := db.execute(query).rowcount:
            gone[table] = count
    return gone


def _sweeps() -> Iterator[tuple[str, str]]:
    for entity, (table, column, condition) in _PLACES.items():
        yield (
            table,
            _SWEEP.format(
                table=table, condition=condition, entity=f"'{entity}'", key=f"{table}.{column}"
            ),
        )
    for table in _KEPT_UNREAD:
        yield (
            table,
            _SWEEP.format(
                table=table, condition="true", entity=f"{table}.entity", key=f"{table}.key"
            ),
        )
