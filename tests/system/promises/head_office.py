"""Head office of the chain: two true server processes' worth on one true PostgreSQL.

Nothing settles by itself: a rule says when.
"""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import asyncpg
from yarl import URL

from agent.base.clock import DAY_MS, Clock, Millis
from agent.domain.coupons.campaign import AmountOff, PercentOff, Rule
from agent.domain.trust.policy import CampaignClass, Limits, Policy
from sync.enrolment_file import Enrolment
from sync.hq import compose
from sync.hq.answer_signing import AnswerSigner
from sync.hq.coupons.campaigns import add_campaign
from sync.hq.coupons.coupons import Terms, issue_coupons
from sync.hq.coupons.revocations import revoke_coupons
from sync.hq.database import connect, create_pool
from sync.hq.feed.cursor import STREAMS, Cursor
from sync.hq.feed.wake import WakeStreams
from sync.hq.intake.incarnation import hq_epoch
from sync.hq.members.members import Member, put_members
from sync.hq.migrations import migrate
from sync.hq.selling.articles import put_articles
from sync.hq.server import Server
from sync.hq.settings import DatabaseSection, HqSettings, PathsSection
from sync.hq.settlement.settler import Settler, settle
from sync.hq.stock import receive_stock, set_stock
from sync.hq.stores import add_store, release_store
from sync.hq.trust.keys import KeyStore, root_public_key
from sync.hq.trust.policy import publish_policy
from sync.hq.trust.setup import set_up
from sync.protocol.changes import ArticleChange
from sync.protocol.identity import Identity
from sync.store_key import StoreKey
from sync.transport.request import Payload
from tests.lab.enrolling import enrol
from tests.lab.ports import LOOPBACK

PRICES_FEN = {"TEA": 1_000, "CAKE": 250}
"""By article."""
MEMBERS = ("a" * 24, "b" * 24)
OPENING_PIECES = 100
OPENING_POINTS = 10
BOUND_OFF_FEN = 200
"""What a bound coupon takes off any sale."""
CHAIN_OFF_PERCENT = 10
"""What a chain-wide coupon takes off any sale."""
AT_RISK_COUNT = 2
"""Coupons that a store may take at risk before HQ has confirmed the first of them."""
AT_RISK_SILENT_MS = 2 * DAY_MS
"""It takes none any more so long after it last heard of HQ."""
SERVERS = 2

_FOREVER_MS = 365 * DAY_MS
_TABLES = """
SELECT string_agg(format('DELETE FROM %I', tablename), ';') FROM pg_tables
WHERE schemaname = 'public' AND tablename NOT IN ('schema_migration', 'hq')
"""
_MORE = """
SELECT EXISTS (SELECT FROM change WHERE store = $1 AND lane = $2 AND (place, id) > ($3, $4))
"""
_ACCEPTED = "SELECT accepted_seq FROM store_position WHERE store = $1"
_EVENT_IDS = "SELECT event_id::text FROM event WHERE store = $1 AND NOT duplicate"


@dataclass(frozen=True, kw_only=True)
class Coupon:
    """A coupon in a customer's hand."""

    coupon_id: str
    token: str = field(repr=False)
    store: str | None
    """The only store that may take it; None: every store."""


class HeadOffice:
    """HQ's servers, and what its people do."""

    def __init__(self, dsn: str, keys_dir: Path, clock: Clock) -> None:
        self._settings = HqSettings(
            database=DatabaseSection(dsn=dsn), paths=PathsSection(keys_dir=str(keys_dir))
        )
        self._ports = [0] * SERVERS  # any at first, then always the same
        self._key_store = KeyStore(keys_dir)
        self._clock = clock
        self._open = AsyncExitStack()
        self._serving = AsyncExitStack()

    async def open(self, stores: Sequence[str]) -> Mapping[str, Enrolment]:
        """Begin anew on the database, with these stores, and serve; return each store's key."""
        self.db = await connect(self._settings.database)
        self._open.push_async_callback(self.db.close)
        self._session = await self._open.enter_async_context(aiohttp.ClientSession())
        await migrate(self.db)
        await self.db.execute(await self.db.fetchval(_TABLES))
        keys = await self._found(stores)
        self._open.push_async_callback(self._stop)
        await self._start()
        return keys

    async def close(self) -> None:
        """Stop everything."""
        await self._open.aclose()

    async def restart(self) -> None:
        """Stop the processes and start others at the same addresses."""
        await self._stop()
        await self._start()

    @property
    def address(self) -> tuple[str, int]:
        """Where the stores call."""
        return LOOPBACK, self._ports[0]

    @property
    def root_key(self) -> str:
        """What stores pin, hex."""
        return root_public_key(self._key_store)

    async def issue(self, store: str | None) -> Coupon:
        """Issue a coupon of `store`, or a chain-wide one."""
        now = self._clock.wall()
        campaign = self._chain_wide if store is None else self._bound
        expires = Millis(now + _FOREVER_MS)
        terms = Terms(campaign=campaign, not_before=now, expires=expires, store=store)
        (issued,) = await issue_coupons(self.db, self._key_store, terms, count=1, now=now)
        return Coupon(coupon_id=issued.coupon_id, token=issued.token, store=store)

    async def revoke(self, coupon: Coupon) -> None:
        """Revoke a coupon."""
        await revoke_coupons(self.db, [coupon.coupon_id], now=self._clock.wall())

    async def deliver(self, store: str, sku: str, pieces: int) -> None:
        """Deliver pieces to a store."""
        await receive_stock(self.db, store, {sku: pieces})

    async def release(self, store: str) -> None:
        """Let the store's next hello take its identity, as people do who know why it is fenced."""
        await release_store(self.db, store)

    async def settle(self, *, limit: int) -> bool:
        """Settle at most `limit` events of one store; False if there was nothing."""
        return await settle(self.db, limit=limit, now=self._clock.wall())

    async def has_more(self, store: str, cursor: str) -> bool:
        """Whether the feed has changes for the store after `cursor`, shown already or not yet."""
        at = Cursor.parse(cursor, hq_epoch=await hq_epoch(self.db))
        for stream, position in zip(STREAMS, at.positions, strict=True):
            whom = stream.audience(store)
            if await self.db.fetchval(_MORE, whom, stream.lane, *position):
                return True
        return False

    async def event_ids(self, store: str) -> set[str]:
        """What HQ holds of a store, whichever disk it came from."""
        return {row["event_id"] for row in await self.db.fetch(_EVENT_IDS, store)}

    async def accepted_seq(self, store: str) -> int:
        """How far HQ says that it holds the store's journal."""
        return int(await self.db.fetchval(_ACCEPTED, store))

    async def post_batch(self, batch: Payload, key: StoreKey, *, server: int) -> int:
        """Bring a batch to one of the servers once more, signed anew; the status."""
        url = URL(f"http://{LOOPBACK}:{self._ports[server]}/sync/v1/events")
        told = Identity(key.install_id, 1).headers()
        headers = {**told, **key.prove("POST", url, batch.data, told).headers}
        if batch.encoding:
            headers["Content-Encoding"] = batch.encoding
        async with self._session.post(url, data=batch.data, headers=headers) as response:
            await response.read()
            return response.status

    async def _found(self, stores: Sequence[str]) -> Mapping[str, Enrolment]:
        now = self._clock.wall()
        await set_up(self.db, self._key_store, now=now)
        limits = Limits(
            soft_count=AT_RISK_COUNT,
            hard_count=AT_RISK_COUNT,
            soft_contact_age_ms=AT_RISK_SILENT_MS,
            hard_contact_age_ms=AT_RISK_SILENT_MS,
        )
        await publish_policy(self.db, self._key_store, Policy(version=0, limits=limits), now=now)
        self._bound = await self._campaign(
            CampaignClass.BOUND, AmountOff(min_fen=0, off_fen=BOUND_OFF_FEN)
        )
        self._chain_wide = await self._campaign(
            CampaignClass.CHAIN, PercentOff(pay_bp=10_000 - CHAIN_OFF_PERCENT * 100)
        )
        await put_articles(
            self.db,
            [ArticleChange(sku=sku, name=sku, price_fen=fen) for sku, fen in PRICES_FEN.items()],
        )
        keys = {}
        for store in stores:
            await add_store(self.db, store, now=now)
            keys[store] = await enrol(self.db, self._key_store, store)
            await set_stock(self.db, store, dict.fromkeys(PRICES_FEN, OPENING_PIECES))
        members = [
            Member(member_id=member, points=OPENING_POINTS, stores=tuple(stores))
            for member in MEMBERS
        ]
        await put_members(self.db, members)
        return keys

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

    async def _start(self) -> None:
        for number, port in enumerate(self._ports):
            pool = await self._serving.enter_async_context(create_pool(self._settings.database))
            self._ports[number] = await self._serve(pool, port)

    async def _serve(self, pool: asyncpg.Pool, port: int) -> int:
        settler = Settler(pool=pool, clock=self._clock, batch_events=1, idle_ms=1)
        server = Server(
            desk=compose.desk(
                self._settings,
                pool=pool,
                clock=self._clock,
                settler=settler,
                wakes=WakeStreams(max_streams=0),
            ),
            host=LOOPBACK,
            port=port,
            request_timeout_ms=self._settings.server.request_timeout_ms,
            signer=AnswerSigner(key=compose.answer_key(self._settings), clock=self._clock),
        )
        url = await server.start()
        self._serving.push_async_callback(server.stop)
        return URL(url).port or 0

    async def _stop(self) -> None:
        await self._serving.aclose()
