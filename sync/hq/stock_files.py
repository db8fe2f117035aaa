"""Files of counted stock: what they change of what HQ believes a store to have."""

from collections.abc import Collection, Mapping, Sequence

from asyncpg import Connection

from sync.hq.assortment import known_articles
from sync.hq.errors import AdminError
from sync.hq.imports.mistakes import Mistakes
from sync.hq.imports.plan import Change, Fields, FileRow, Plan
from sync.hq.imports.record import Run
from sync.hq.intake.journal import lock_position
from sync.hq.stock import tell_stock
from sync.hq.stores import check_store, unknown_store

_KNOWN = "SELECT sku, quantity, counted_by FROM stock WHERE store = $1 AND sku = ANY($2)"

_SET = """
INSERT INTO stock AS s (store, sku, quantity, counted_by)
SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::bigint[])
ON CONFLICT (store, sku) DO UPDATE
    SET quantity = excluded.quantity, counted_by = excluded.counted_by
"""

_TAKE_OUT = "DELETE FROM stock WHERE store = $1 AND sku = ANY($2)"


class StockFiles:
    """Files with sku and pieces, as counted in a store after every sale that HQ has received."""

    kind = "stock"

    def __init__(self, store: str) -> None:
        self.store = store

    async def lock(self, connection: Connection, _keys: Collection[str]) -> None:
        """No sale of the store comes in until the transaction ends. AdminError: no such store."""
        if await lock_position(connection, self.store) is None:
            raise unknown_store(self.store)

    async def plan(
        self, connection: Connection, rows: Sequence[FileRow], mistakes: Mistakes
    ) -> Plan:
        """Return what `rows` change. AdminError: no such store."""
        await check_store(connection, self.store)
        articles = await known_articles(connection, [row.key for row in rows])
        for row in rows:
            if row.key not in articles:
                mistakes.add(
                    row.place,
                    AdminError(
                        "there is no article {sku}: compare it with `store-hq articles list`, or"
                        " import the article first",
                        sku=repr(row.key),
                    ),
                )
        known = await self._known(connection, [row.key for row in rows])
        changes = [_counted(row, known.get(row.key)) for row in rows]
        found = [change for change in changes if change]
        return Plan(changes=found, unchanged=len(rows) - len(found))

    async def plan_back(self, connection: Connection, changes: Sequence[Change], run: Run) -> Plan:
        """Return the way back: sold and delivered since stays so, counted since stays counted."""
        known = await self._known(connection, [change.key for change in changes])
        ours = [c for c in changes if known.get(c.key, {}).get("counted_by") == run.run]
        return Plan(
            changes=[_back(change, known[change.key]) for change in ours],
            kept=sorted({c.key for c in changes} - {c.key for c in ours}),
        )

    async def write(self, connection: Connection, changes: Sequence[Change], run: int) -> None:
        """Write what was planned, and tell the store."""
        out = [change.key for change in changes if change.after is None]
        put = {change.key: change.after for change in changes if change.after is not None}
        pieces = [*(after["pieces"] for after in put.values()), *[0] * len(out)]
        counted_by = [*(after.get("counted_by", run) for after in put.values()), *[None] * len(out)]
        skus = [*put, *out]
        await connection.execute(_SET, self.store, skus, pieces, counted_by)
        await tell_stock(connection, self.store, skus)
        await connection.execute(_TAKE_OUT, self.store, out)

    async def _known(self, connection: Connection, skus: Sequence[str]) -> Mapping[str, Fields]:
        return {
            row["sku"]: {"pieces": row["quantity"], "counted_by": row["counted_by"]}
            for row in await connection.fetch(_KNOWN, self.store, skus)
        }


def _counted(row: FileRow, known: Fields | None) -> Change | None:
    """What was counted before is kept with the change, for the way back."""
    if known and known["pieces"] == row.fields.get("pieces"):
        return None
    return Change(key=row.key, before=known, after=row.fields)


def _back(change: Change, now: Fields) -> Change:
    """Move the figure back by as much as the count had moved it."""
    earlier = change.before or {"pieces": 0, "counted_by": None}
    pieces = now["pieces"] + earlier["pieces"] - (change.after or {})["pieces"]
    if change.before is None and pieces == 0:
        return Change(key=change.key, before=now, after=None)
    return Change(
        key=change.key,
        before={"pieces": now["pieces"]},
        after={"pieces": pieces, "counted_by": earlier["counted_by"]},
    )
