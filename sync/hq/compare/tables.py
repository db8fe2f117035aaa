"""What HQ tells a store by its feed, as it stands now, hashed by PostgreSQL itself."""

from collections.abc import Sequence
from typing import Final

from asyncpg import Connection

from sync.protocol.compare_tables import FeedTable, HqRow, KeyRange
from sync.protocol.limits import MAX_LISTED_ROWS

_ROWS: Final = {
    FeedTable.ARTICLE: """
        SELECT sku AS key, concat_ws(E'\\x1f', sku, name, price_fen,
            CASE gtin WHEN '' THEN '' ELSE lpad(gtin, 14, '0') END,
            array_to_string(categories, E'\\x1f'), brand, planned) AS told
        FROM article WHERE NOT withdrawn AND $1::text IS NOT NULL""",
    FeedTable.CAMPAIGN: """
        SELECT campaign::text AS key, concat_ws(E'\\x1f', campaign, b ->> 'name', b ->> 'class',
            b ->> 'starts_at', b ->> 'ends_at', b ->> 'rule') AS told
        FROM (SELECT campaign, body::json AS b FROM campaign WHERE $1::text IS NOT NULL) AS c""",
    FeedTable.DOCUMENT: """
        SELECT kind AS key, concat_ws(E'\\x1f', kind, max(version)) AS told
        FROM signed_document WHERE $1::text IS NOT NULL GROUP BY kind""",
    FeedTable.MEMBER: """
        SELECT member_id AS key, concat_ws(E'\\x1f', member_id, tier, phone_masked) AS told
        FROM member JOIN member_store s USING (member_id)
        WHERE s.store = $1 AND (tier <> '' OR phone_masked <> '')""",
    FeedTable.PRICE_RULES: """
        SELECT 'rules' AS key, concat_ws(E'\\x1f', 'rules', concat('{"rules":', body,
            ',"version":', version, '}')) AS told
        FROM price_rules WHERE $1::text IS NOT NULL
            AND version = (SELECT max(version) FROM price_rules)""",
    FeedTable.PROMOTION: """
        SELECT promotion AS key, concat_ws(E'\\x1f', promotion, concat('{"promotion":', body,
            ',"version":', version, '}')) AS told
        FROM promotion JOIN promotion_version USING (promotion, version)
        WHERE told AND $1::text IS NOT NULL""",
    FeedTable.REVOCATION: """
        SELECT coupon_id AS key, concat_ws(E'\\x1f', coupon_id, coalesce(store, '')) AS told
        FROM coupon WHERE revoked_place < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        AND (store IS NULL OR store = $1)""",
}

_DIGESTS = """
SELECT encode(sha256(coalesce(string_agg(
    sha256(convert_to(told, 'UTF8')), ''::bytea ORDER BY key COLLATE "C"), '')), 'hex') AS digest
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS r (after, until, place)
LEFT JOIN ({rows}) AS held ON held.key COLLATE "C" > r.after
    AND (r.until = '' OR held.key COLLATE "C" <= r.until)
GROUP BY r.place ORDER BY r.place
"""

_LISTED = """
SELECT key, encode(sha256(convert_to(told, 'UTF8')), 'hex') AS hash FROM ({rows}) AS held
WHERE key COLLATE "C" > $2 AND ($3 = '' OR key COLLATE "C" <= $3)
ORDER BY key COLLATE "C" LIMIT $4
"""


async def table_digests(
    connection: Connection, store: str, table: FeedTable, ranges: Sequence[KeyRange]
) -> list[str]:
    """Return HQ's digest of each range of what `store` is told."""
    query = _DIGESTS.format(rows=_ROWS[table])
    bounds = [one.after for one in ranges], [one.until for one in ranges]
    return [row["digest"] for row in await connection.fetch(query, store, *bounds)]


async def listed_rows(
    connection: Connection, store: str, table: FeedTable, one: KeyRange
) -> list[HqRow]:
    """Return the first rows of a range, at most MAX_LISTED_ROWS."""
    query = _LISTED.format(rows=_ROWS[table])
    rows = await connection.fetch(query, store, one.after, one.until, MAX_LISTED_ROWS)
    return [HqRow(**row) for row in rows]
