"""Files of articles: what they change of the assortment."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from asyncpg import Connection

from agent.base.clock import Millis
from agent.domain.barcodes.gtin import gtin_of
from agent.domain.selling.prices import own_price_at, still_planned
from sync.hq.errors import AdminError
from sync.hq.imports.mistakes import Mistakes
from sync.hq.imports.plan import Change, Fields, FileRow, Plan, change_of, way_back
from sync.hq.imports.record import Run
from sync.hq.selling.articles import LOCK, list_articles, put_articles, take_out_articles
from sync.protocol.changes import ArticleChange

_NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"

_IN_USE = """
SELECT sku FROM unnest($1::text[]) AS asked (sku)
WHERE EXISTS (SELECT FROM stock WHERE stock.sku = asked.sku)
OR EXISTS (SELECT FROM article WHERE article.sku = asked.sku AND withdrawn)
OR EXISTS (SELECT FROM campaign WHERE position('"' || asked.sku || '"' IN body) > 0)
"""


class ArticleFiles:
    """Files with sku, name, price_fen and maybe gtin, weighed, mnemonic, categories, brand, tax."""

    kind = "articles"
    store = ""

    async def lock(self, connection: Connection, _keys: Collection[str]) -> None:
        """Nothing of the assortment changes until the transaction ends."""
        await connection.execute(LOCK)

    async def plan(
        self, connection: Connection, rows: Sequence[FileRow], mistakes: Mistakes
    ) -> Plan:
        """Return what `rows` change."""
        known = await _known(connection)
        _check_skus(rows, known, mistakes)
        _check_gtins(rows, known, mistakes)
        changes = [_change(row, known.get(row.key)) for row in rows]
        found = [change for change in changes if change]
        return Plan(changes=found, unchanged=len(rows) - len(found))

    async def plan_back(self, connection: Connection, changes: Sequence[Change], _run: Run) -> Plan:
        """Return the way back; an article with stock, of a campaign, or withdrawn, stays."""
        known = await _known(connection)
        added = [change.key for change in changes if change.before is None]
        in_use = {row["sku"] for row in await connection.fetch(_IN_USE, added)}
        ways, kept = [], []
        for change in changes:
            back, others = way_back(change, known.get(change.key))
            if change.key in in_use or others:
                kept.append(change.key)
            if back and change.key not in in_use:
                ways.append(back)
        ways, clashing = _without_clashes(ways, known)
        return Plan(changes=ways, kept=sorted({*kept, *clashing}))

    async def write(self, connection: Connection, changes: Sequence[Change], _run: int) -> None:
        """Write what was planned, and tell every store."""
        await take_out_articles(connection, [c.key for c in changes if c.after is None])
        known = await _known(connection)
        await put_articles(
            connection,
            [
                msgspec.convert({"sku": c.key, **known.get(c.key, {}), **c.after}, ArticleChange)
                for c in changes
                if c.after is not None
            ],
        )


async def _known(connection: Connection) -> dict[str, Fields]:
    """By sku; a price that has begun to stay is the article's, special ones are not."""
    now = Millis(await connection.fetchval(_NOW))
    return {
        article.sku: {
            "name": article.name,
            "price_fen": own_price_at(article.price_fen, article.planned, now),
            "gtin": article.gtin,
            "weighed": article.weighed,
            "mnemonic": article.mnemonic,
            "categories": list(article.categories),
            "brand": article.brand,
            "tax_bp": article.tax_bp,
            "planned": msgspec.to_builtins(still_planned(article.planned, now)),
        }
        for article in await list_articles(connection)
    }


def _change(row: FileRow, known: Fields | None) -> Change | None:
    fields = {**row.fields} if known else {**row.fields, "gtin": row.fields.get("gtin", "")}
    if known and "gtin" in fields and _number(fields["gtin"]) == _number(known["gtin"]):
        fields["gtin"] = known["gtin"]  # the same with or without leading zeros
    return change_of(row.key, known, fields)


def _check_skus(rows: Iterable[FileRow], known: Mapping[str, Fields], mistakes: Mistakes) -> None:
    """A new sku that differs from another by case or leading zeros alone is that one, misspelt."""
    alike = {_loose(sku): sku for sku in known}
    for row in rows:
        if row.key in known:
            continue
        other = alike.setdefault(_loose(row.key), row.key)
        if other != row.key:
            mistakes.add(
                row.place,
                AdminError(
                    "sku {sku} is new, but {other} differs by case or leading zeros alone: type"
                    " {other} if it is meant",
                    sku=repr(row.key),
                    other=repr(other),
                ),
            )


def _check_gtins(rows: Iterable[FileRow], known: Mapping[str, Fields], mistakes: Mistakes) -> None:
    """A bar code belongs to one article, as things stand when all rows are taken."""
    told = {row.key: _number(row.fields["gtin"]) for row in rows if "gtin" in row.fields}
    having = {
        _number(fields["gtin"]): sku
        for sku, fields in known.items()
        if fields["gtin"] and sku not in told
    }
    for row in rows:
        number = told.get(row.key)
        if not number:
            continue
        other = having.setdefault(number, row.key)
        if other != row.key:
            mistakes.add(
                row.place,
                AdminError(
                    "gtin {gtin} is the bar code of {other}, too: give it to one article",
                    gtin=row.fields["gtin"],
                    other=repr(other),
                ),
            )


def _without_clashes(
    ways: Sequence[Change], known: Mapping[str, Fields]
) -> tuple[list[Change], list[str]]:
    """Give no bar code back that another article has got since."""
    gone = {way.key for way in ways if way.after is None or "gtin" in way.after}
    taken = {_number(fields["gtin"]) for sku, fields in known.items() if sku not in gone}
    free, clashing = [], []
    for way in ways:
        if way.after and way.after.get("gtin") and _number(way.after["gtin"]) in taken:
            clashing.append(way.key)
            rest = {name: value for name, value in way.after.items() if name != "gtin"}
            back = change_of(way.key, known[way.key], rest)
            free += [back] if back else []
        else:
            free.append(way)
    return free, clashing


def _loose(sku: str) -> str:
    return sku.casefold().lstrip("0") if sku.isdecimal() else sku.casefold()


def _number(gtin: str) -> str:
    """Return its 14-digit form; of what is no GTIN, from earlier versions, itself."""
    return gtin_of(gtin) or gtin
