"""The books of a chain, read beside the running processes: HQ's tables and the stores' files."""

import asyncio
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from asyncpg import Connection

from agent.store.line import journal, sync_state
from tests.lab.service import console_script
from tests.lab.store_site import StoreSite

_HQ_SUPPLY = """
SELECT (SELECT count(*) FROM campaign) AS campaigns,
    (SELECT count(*) FROM article) AS articles,
    (SELECT count(*) FROM stock WHERE store = $1) AS stock,
    (SELECT count(*) FROM member_store WHERE store = $1) AS members,
    (SELECT coalesce(sum(version), 0)::bigint FROM (
        SELECT max(version) AS version FROM signed_document GROUP BY kind) AS newest) AS documents
"""
_STORE_SUPPLY = """
WITH told (entity, key) AS (
    SELECT 'campaign', CAST(campaign AS TEXT) FROM campaign
    UNION SELECT 'article', sku FROM article
    UNION SELECT 'stock', sku FROM stock
    UNION SELECT 'member', member_id FROM member
    UNION SELECT entity, key FROM parked_change)
SELECT count(*) FILTER (WHERE entity = 'campaign'), count(*) FILTER (WHERE entity = 'article'),
    count(*) FILTER (WHERE entity = 'stock'), count(*) FILTER (WHERE entity = 'member'),
    (SELECT coalesce(sum(version), 0) FROM document)
FROM told
"""
"""What a store could not read has come to it, too."""
_HQ_LINES = "SELECT line FROM event WHERE store = $1 ORDER BY epoch, seq"
_HQ_SALES = "SELECT sale_id, discount_fen, payable_fen FROM sale WHERE store = $1"
_HQ_USES = "SELECT redemption_id, discount_fen FROM redemption WHERE store = $1"
_HQ_STOCK = "SELECT sku, quantity FROM stock WHERE store = $1"
_HQ_POINTS = """
SELECT member_id, points FROM member JOIN member_store USING (member_id) WHERE store = $1
"""
_HQ_ALL_POINTS = "SELECT member_id, points FROM member"
_HQ_CASES = """
SELECT case_id FROM coupon_case WHERE $1 IN (winner_store, loser_store) AND state = 'open'
"""
_UNSETTLED = """
SELECT count(*) FROM event e JOIN store_settlement s USING (store)
WHERE (e.epoch, e.seq) > (s.epoch, s.settled_seq)
"""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What HQ and a store must agree on, once everything is settled and told."""

    stock: Mapping[str, int]
    """Pieces by sku."""
    points: Mapping[str, int]
    """By member that the store knows."""
    cases: frozenset[str]
    """Open cases that concern the store."""


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What `store-agent outbox verify` says of a journal."""

    whole: bool
    last_seq: int
    last_hash: str


async def holds_supply(connection: Connection, site: StoreSite) -> bool:
    """Whether every campaign, article, member and document that HQ has for it came to the store."""
    wanted = await connection.fetchrow(_HQ_SUPPLY, site.code)
    with site.database() as db:
        held: tuple[int, ...] = db.execute(_STORE_SUPPLY).fetchone()
    return tuple(wanted) == held


async def is_drained(site: StoreSite) -> bool:
    """Whether HQ has acknowledged the whole journal."""
    with site.database() as db:
        return journal.tip(db).seq == sync_state.get(db).acked.seq


async def is_settled(connection: Connection) -> bool:
    """Whether everything received has taken effect at HQ."""
    return bool(await connection.fetchval(_UNSETTLED) == 0)


def store_lines(site: StoreSite) -> list[bytes]:
    """The store's journal, line by line."""
    with site.database() as db:
        return list(journal.lines(db, site.code, after_seq=0, max_events=-1))


async def hq_lines(connection: Connection, store: str) -> list[bytes]:
    """The store's journal as HQ keeps it, line by line."""
    return [row["line"] for row in await connection.fetch(_HQ_LINES, store)]


async def hq_sales(connection: Connection, store: str) -> dict[str, tuple[int, int]]:
    """Discount and payable of the sales that took effect at HQ, in fen, by sale id."""
    rows = await connection.fetch(_HQ_SALES, store)
    return {row["sale_id"]: (row["discount_fen"], row["payable_fen"]) for row in rows}


async def hq_redemptions(connection: Connection, store: str) -> dict[str, int]:
    """Discounts of the coupon uses that took effect at HQ, in fen, by redemption id."""
    return dict(await _pairs(connection, _HQ_USES, store))


async def hq_figures(connection: Connection, store: str) -> Figures:
    """HQ's figures of a store."""
    cases = await connection.fetch(_HQ_CASES, store)
    return Figures(
        stock=dict(await _pairs(connection, _HQ_STOCK, store)),
        points=dict(await _pairs(connection, _HQ_POINTS, store)),
        cases=frozenset(row["case_id"] for row in cases),
    )


async def hq_points(connection: Connection) -> dict[str, int]:
    """The points of every member."""
    return {row[0]: row[1] for row in await connection.fetch(_HQ_ALL_POINTS)}


def store_figures(site: StoreSite) -> Figures:
    """The store's own figures."""
    with site.database() as db:
        return Figures(
            stock=dict(db.execute("SELECT sku, quantity FROM stock")),
            points=dict(db.execute("SELECT member_id, points FROM member")),
            cases=frozenset(
                row[0] for row in db.execute("SELECT case_id FROM case_file WHERE state = 'open'")
            ),
        )


async def are_equal(connection: Connection, site: StoreSite) -> bool:
    """Whether HQ's figures of the store and the store's own are the same."""
    return await hq_figures(connection, site.code) == store_figures(site)


async def verified(site: StoreSite) -> Verified:
    """Let the store check its own journal, with the command that store IT has."""
    checking = await asyncio.create_subprocess_exec(
        console_script("store-agent"),
        *["outbox", "verify", "--json", "--config", str(site.place.config_file)],
        stdout=subprocess.PIPE,
    )
    output, _ = await checking.communicate()
    told = json.loads(output)
    return Verified(whole=told["whole"], last_seq=told["last_seq"], last_hash=told["last_hash"])


async def _pairs(connection: Connection, query: str, store: str) -> list[tuple[str, int]]:
    return [(row[0], row[1]) for row in await connection.fetch(query, store)]
