"""Head office under simulation: the true server and settler on the true PostgreSQL, and its people.

One process serves at a time; it holds one connection, so that what it does is done one after the
other. Its database is one for many histories, each of which begins with it as it was opened.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent.base.clock import DAY_MS, Clock, Millis
from agent.domain.coupons.campaign import AmountOff, PercentOff, Rule
from agent.domain.trust.keys import kid_of
from agent.domain.trust.policy import CampaignClass, Limits, Policy
from sync.hq import compose, database
from sync.hq.answer_signing import AnswerSigner
from sync.hq.coupons.campaigns import add_campaign
from sync.hq.coupons.coupons import Terms, issue_coupons
from sync.hq.coupons.revocations import revoke_coupons
from sync.hq.errors import AdminError
from sync.hq.feed.cursor import STREAMS, Cursor
from sync.hq.feed.wake import WakeStreams
from sync.hq.intake.incarnation import hq_epoch
from sync.hq.migrations import migrate
from sync.hq.selling.articles import put_articles
from sync.hq.server import Server
from sync.hq.settings import DatabaseSection, HqSettings, PathsSection
from sync.hq.settlement.settler import Settler
from sync.hq.stock import set_stock
from sync.hq.stores import add_store, record_backup, release_store
from sync.hq.trust.keys import KeyStore, root_public_key
from sync.hq.trust.policy import publish_policy
from sync.hq.trust.restored import begin_incarnation
from sync.hq.trust.setup import set_up
from sync.protocol.changes import ArticleChange
from tests.simulation.loop import VirtualLoop
from tests.simulation.postgres_calls import Postgres
from tests.simulation.process import Process

PRICES_FEN = {"TEA": 1_000, "CAKE": 250}
OPENING_PIECES = 1_000
IDLE_MS = 600_000
"""Settlement is woken by what arrives; it looks by itself so often."""
_FOREVER_MS = 400 * DAY_MS

_TABLES = """
SELECT table_name AS name, string_agg(quote_ident(column_name), ', ') AS columns
FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
AND table_name <> 'schema_migration' GROUP BY table_name ORDER BY table_name
"""
_MORE = """
SELECT EXISTS (SELECT FROM change WHERE store = $1 AND lane = $2 AND (place, id) > ($3, $4))
"""
_AS_IT_IS = "SET LOCAL session_replication_role = replica"
"""Without what the tables' own triggers and references would do to a copy."""
_LET_IN = """
INSERT INTO store_key (store, install_id, public_key, enrolled_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
"""
_BACKED_UP = "SELECT accepted_seq FROM backup.store_position WHERE store = $1"
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_PATIENT_LOOKS = 2_000


@dataclass(frozen=True, kw_only=True)
class Coupon:
    """A coupon in a customer's hand."""

    coupon_id: str
    token: str = field(repr=False)
    store: str | None
    """The only store that may take it; None: every store."""


class HeadOffice:
    """HQ's process, its database, and what its people do."""

    def __init__(self, dsn: str, keys_dir: Path, clock: Clock, loop: VirtualLoop) -> None:
        self._settings = HqSettings(
            database=DatabaseSection(dsn=dsn, pool_size=1),
            paths=PathsSection(keys_dir=str(keys_dir)),
        )
        self._key_store = KeyStore(keys_dir)
        self._clock = clock
        self._loop = loop
        self._postgres = Postgres()
        self._machines: dict[str, tuple[str, str, bytes, int]] = {}
        """Those whose keys people know, by install id."""
        self._stack = AsyncExitStack()
        self.process: Process | None = None
        self.began = 0
        """Processes that were started."""
        self._people = asyncio.Lock()
        """One connection serves all of HQ's people, one after the other."""

    async def open(self) -> None:
        """Make the database ready; nothing is served yet."""
        self._stack.enter_context(self._postgres.watched(self._loop))
        self._stack.enter_context(patch.object(database, "IDLE_CONNECTION_S", 0.0))
        with self._loop.real_work():
            self.db = await asyncpg.connect(self._settings.database.dsn)
        self._stack.push_async_callback(self.db.close)
        await migrate(self.db)
        tables = {row["name"]: row["columns"] for row in await self.db.fetch(_TABLES)}
        for copy in ("backup", "opened"):
            await self.db.execute(_room_for(copy, tables))
        await self._set_up()

    async def close(self) -> None:
        """End for good."""
        await self.stop()
        await self._stack.aclose()

    @property
    def root_key(self) -> str:
        """What stores pin, hex."""
        return root_public_key(self._key_store)

    async def ask(self, query: str, *args: object) -> list[asyncpg.Record]:
        """Rows of a query of the judge."""
        async with self._people:
            rows: list[asyncpg.Record] = await self.db.fetch(query, *args)
        return rows

    async def keep(self) -> None:
        """Keep the database as it is: each history begins with it."""
        await self.db.execute("SELECT opened.copy_from_public()")

    async def begin_anew(self) -> None:
        """Begin with the database as it was kept, and with no machine of earlier histories."""
        self._machines.clear()
        async with self.db.transaction():
            await self.db.execute(f"{_AS_IT_IS}; SELECT opened.copy_to_public()")

    async def _set_up(self) -> None:
        """Put up policy, campaigns, prices."""
        now = self._clock.wall()
        await set_up(self.db, self._key_store, now=now)
        limits = Limits(hard_count=100, soft_count=100)
        await publish_policy(self.db, self._key_store, Policy(version=0, limits=limits), now=now)
        self._bound = await self._campaign(CampaignClass.BOUND, AmountOff(min_fen=0, off_fen=200))
        self._chain_wide = await self._campaign(CampaignClass.CHAIN, PercentOff(pay_bp=9_000))
        articles = [ArticleChange(sku=sku, name=sku, price_fen=n) for sku, n in PRICES_FEN.items()]
        await put_articles(self.db, articles)

    async def add_store(self, code: str) -> None:
        """Add a store."""
        await add_store(self.db, code, now=self._clock.wall())
        await set_stock(self.db, code, dict.fromkeys(PRICES_FEN, OPENING_PIECES))

    async def let_in(self, store: str, install_id: str, public_key: bytes) -> None:
        """Know the key of a machine; which of a store's is heard, hello decides."""
        machine = store, install_id, public_key, 0
        async with self._people:
            await self.db.execute(_LET_IN, *machine)
        self._machines[install_id] = machine

    def answer_keys(self) -> dict[str, Ed25519PublicKey]:
        """What stores verify answers by."""
        public = self._key_store.ensure_answer_key().public_key()
        return {kid_of(public.public_bytes_raw()).hex(): public}

    async def issue(self, store: str | None, count: int) -> list[Coupon]:
        """Issue coupons of `store`, or chain-wide ones."""
        now = self._clock.wall()
        campaign = self._chain_wide if store is None else self._bound
        expires = Millis(now + _FOREVER_MS)
        terms = Terms(campaign=campaign, not_before=now, expires=expires, store=store)
        issued = await issue_coupons(self.db, self._key_store, terms, count=count, now=now)
        return [Coupon(coupon_id=one.coupon_id, token=one.token, store=store) for one in issued]

    async def revoke(self, coupon: Coupon) -> None:
        """Revoke a coupon."""
        async with self._people:
            await revoke_coupons(self.db, [coupon.coupon_id], now=self._clock.wall())

    async def release(self, code: str) -> None:
        """Let the next installation of the store in, as people do who know why one is fenced."""
        async with self._people:
            await release_store(self.db, code)

    async def start(self) -> None:
        """Serve, in a new process."""
        async with self._people:
            # What the last one had begun is rolled back; a connection that does not notice its
            # end is ended.
            looks = 0
            while await self.db.fetchval(_OTHERS):
                looks += 1
                if looks % _PATIENT_LOOKS == 0:
                    await self.db.execute(_END_OTHERS)
        self.began += 1
        process = self.process = Process(f"hq {self.began}")
        process.at_death(self._loop.network.hang_up)
        await process.spawn(self._serve(process), "serve")

    async def _serve(self, process: Process) -> None:
        pool = database.create_pool(self._settings.database)
        await pool
        process.at_death(pool.terminate)
        settler = Settler(pool=pool, clock=self._clock, batch_events=500, idle_ms=IDLE_MS)
        server = Server(
            desk=compose.desk(
                self._settings,
                pool=pool,
                clock=self._clock,
                settler=settler,
                wakes=WakeStreams(max_streams=0),
            ),
            host="127.0.0.1",
            port=0,
            request_timeout_ms=self._settings.server.request_timeout_ms,
            signer=AnswerSigner(key=compose.answer_key(self._settings), clock=self._clock),
        )
        await server._runner.setup()
        assert server._runner.server is not None
        self._loop.network.server = server._runner.server, process.context
        process.spawn(settler.run(), "settler")

    async def stop(self) -> None:
        """Kill the process; nothing of it is left on return."""
        if self.process is not None:
            self.process.die()
            await self.process.buried()
            self.process = None

    async def go_away(self, seconds: float) -> None:
        """Let PostgreSQL be unreachable for a while."""
        self._postgres.away = True
        try:
            await asyncio.sleep(seconds)
        finally:
            self._postgres.away = False

    async def back_up(self, stores: Sequence[str]) -> None:
        """Copy the whole database; the stores may delete what is in the copy."""
        async with self._people, self.db.transaction(isolation="repeatable_read"):
            await self.db.execute("SELECT backup.copy_from_public()")
        async with self._people:
            for code in stores:
                through = await self.db.fetchval(_BACKED_UP, code)
                with suppress(AdminError):  # it began a new epoch meanwhile
                    await record_backup(self.db, code, through=through)

    async def restore(self) -> None:
        """Set the whole database back to the copy, and say so, as `store-hq restored` does."""
        async with self._people, self.db.transaction():
            await self.db.execute(f"{_AS_IT_IS}; SELECT backup.copy_to_public()")
            await self.db.executemany(_LET_IN, [*self._machines.values()])
        await begin_incarnation(self.db, self._key_store, now=self._clock.wall())

    async def has_more(self, store: str, cursor: str) -> bool:
        """Whether the feed has changes for the store after `cursor`."""
        async with self._people:
            at = Cursor.parse(cursor, hq_epoch=await hq_epoch(self.db))
            for stream, position in zip(STREAMS, at.positions, strict=True):
                whom = stream.audience(store)
                if await self.db.fetchval(_MORE, whom, stream.lane, *position):
                    return True
        return False

    async def _campaign(self, class_: CampaignClass, rule: Rule) -> int:
        now = self._clock.wall()
        campaign = await add_campaign(
            self.db,
            name=class_,
            rule=rule,
            class_=class_,
            starts_at=now,
            ends_at=Millis(now + _FOREVER_MS),
        )
        return campaign.campaign


def _room_for(copy: str, tables: Mapping[str, str]) -> str:
    """Statements that make the schema `copy`, with functions that copy into it and back."""
    empty = (
        f"CREATE TABLE {copy}.{table} AS SELECT {columns} FROM public.{table} WITH NO DATA"
        for table, columns in tables.items()
    )
    functions = [
        _copying(f"{copy}.copy_from_public", "public", copy, tables),
        _copying(f"{copy}.copy_to_public", copy, "public", tables),
    ]
    return "; ".join([f"CREATE SCHEMA {copy}", *empty, *functions])


def _copying(name: str, source: str, target: str, tables: Mapping[str, str]) -> str:
    """A function: PostgreSQL plans it once."""
    statements = "".join(
        f"DELETE FROM {target}.{table};"
        f"INSERT INTO {target}.{table} ({columns}) OVERRIDING SYSTEM VALUE "
        f"SELECT {columns} FROM {source}.{table};"
        for table, columns in tables.items()
    )
    body = f"BEGIN {statements} END"
    return f"CREATE FUNCTION {name}() RETURNS void LANGUAGE plpgsql AS $copy$ {body} $copy$"
