"""Head office under test: the true server in this process, on a true PostgreSQL."""

import gzip
import io
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import msgspec

from agent.base.clock import DAY_MS, Millis
from agent.domain.coupons.campaign import AmountOff, Campaign
from agent.domain.trust.policy import CampaignClass
from sync.hq import compose, stores
from sync.hq.coupons import campaigns, coupons
from sync.hq.database import connect, create_pool
from sync.hq.feed.wake import WakeStreams
from sync.hq.server import Server
from sync.hq.settings import (
    DatabaseSection,
    HqSettings,
    PathsSection,
)
from sync.hq.settlement.settler import Settler, settle
from sync.hq.trust.keys import KeyStore
from sync.protocol.limits import PROTOCOL
from sync.protocol.messages import ChangesPage, EventsAnswer, Hello, HelloAnswer
from tests.hq.journal import NOON, Journal


class FixedClock:
    """A clock that tests set."""

    def __init__(self, now: int = NOON) -> None:
        self.now = now

    def wall(self) -> Millis:
        return Millis(self.now)

    def monotonic_ms(self) -> int:
        return self.now


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The problem+json in it."""
        assert self.headers["Content-Type"] == "application/problem+json"
        problem: dict[str, Any] = msgspec.json.decode(self.body)
        assert problem["status"] == self.status
        return problem

    @property
    def code(self) -> str:
        """The stable code of the problem in it."""
        return str(self.problem["code"])


class HeadOffice:
    """One process's worth of HQ, and a connection to look into the database."""

    def __init__(
        self, *, url: str, connection: asyncpg.Connection, clock: FixedClock, keys_dir: Path
    ) -> None:
        self.url = url
        self.db = connection
        self.clock = clock
        self.key_store = KeyStore(keys_dir)
        self.session = aiohttp.ClientSession()
        self.wakes: WakeStreams
        """Nothing listens for them by itself."""

    async def store(self, code: str, *, greeted: bool = True) -> "StoreClient":
        """Add a store; `greeted`: it has its first epoch."""
        key = await stores.add_store(self.db, code, now=self.clock.wall())
        client = StoreClient(self, code, key)
        if greeted:
            answer = await client.hello(Journal(code))
            assert answer.epoch == 1
        return client

    async def campaign(self, class_: CampaignClass = CampaignClass.CHAIN) -> Campaign:
        """Add a campaign 30-5."""
        return await campaigns.add_campaign(
            self.db,
            name="30-5",
            rule=AmountOff(min_fen=3_000, off_fen=500),
            class_=class_,
            starts_at=NOON,
            ends_at=Millis(NOON + DAY_MS),
        )

    async def issue(self, count: int = 1, *, store: str | None = None) -> list[str]:
        """Issue coupons of a new campaign, chain-wide or of `store`; return their ids."""
        campaign = await self.campaign(CampaignClass.BOUND if store else CampaignClass.CHAIN)
        terms = coupons.Terms(
            campaign=campaign.campaign,
            not_before=NOON,
            expires=Millis(NOON + DAY_MS),
            store=store,
        )
        issued = await coupons.issue_coupons(self.db, self.key_store, terms, count=count, now=NOON)
        return [coupon.coupon_id for coupon in issued]

    async def settle(self, *, limit: int = 500) -> int:
        """Settle everything; return in how many transactions."""
        transactions = 0
        while await settle(self.db, limit=limit, now=self.clock.now):
            transactions += 1
        return transactions

    async def count(self, table: str, where: str = "true") -> int:
        """Rows of a table."""
        return int(await self.db.fetchval(f"SELECT count(*) FROM {table} WHERE {where}"))

    async def rows(self, query: str, *args: object) -> list[tuple[Any, ...]]:
        """Rows of a query, as tuples."""
        return [tuple(row) for row in await self.db.fetch(query, *args)]

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        """Send any request."""
        async with self.session.request(method, self.url + path, **options) as response:
            return Answer(
                status=response.status, headers=response.headers, body=await response.read()
            )


class StoreClient:
    """A store that talks to HQ."""

    def __init__(self, hq: HeadOffice, code: str, key: str) -> None:
        self.hq = hq
        self.code = code
        self.headers = {"Authorization": f"Bearer {key}"}

    def journal(self) -> Journal:
        """A new journal of this store in its first epoch."""
        journal = Journal(self.code)
        journal.epoch = 1
        return journal

    def journal_of_sales(self, sales: int) -> Journal:
        """A journal of this store in its first epoch, with so many sales."""
        journal = self.journal()
        for _ in range(sales):
            journal.sell()
        return journal

    async def hello(self, journal: Journal, **overrides: Any) -> HelloAnswer:
        """Say hello for `journal`, whose epoch follows the answer."""
        answer = msgspec.json.decode((await self.post_hello(journal, **overrides)).body)
        decoded = msgspec.convert(answer, HelloAnswer)
        journal.epoch = decoded.epoch if decoded.action == "new_epoch" else journal.epoch
        return decoded

    async def post_hello(self, journal: Journal, **overrides: Any) -> Answer:
        """Say hello for `journal`, and leave it as it is."""
        hello = Hello(
            store=self.code,
            install_id=journal.install_id,
            epoch=journal.epoch,
            last_seq=journal.last.seq,
            last_hash=journal.last.hash,
            acked_seq=journal.acked_seq,
            cursor="",
            hq_epoch="",
            protocol=PROTOCOL,
            app_version="test",
            clock=self.hq.clock.now,
        )
        body = msgspec.json.encode(msgspec.structs.replace(hello, **overrides))
        return await self.hq.request("POST", "/sync/v1/hello", data=body, headers=self.headers)

    async def post(self, batch: bytes | io.BytesIO, **headers: str) -> Answer:
        """Post bytes as a batch."""
        return await self.hq.request(
            "POST", "/sync/v1/events", data=batch, headers={**self.headers, **headers}
        )

    async def post_gzip(self, batch: bytes) -> Answer:
        """Post a batch compressed."""
        return await self.post(gzip.compress(batch), **{"Content-Encoding": "gzip"})

    async def send(self, journal: Journal, first: int = 1, last: int | None = None) -> EventsAnswer:
        """Send events and return the answer, which must be good."""
        answer = await self.post(journal.batch(first, last))
        assert answer.status == 200, answer.body
        return msgspec.json.decode(answer.body, type=EventsAnswer)

    async def page(self, cursor: str = "", **query: str) -> ChangesPage:
        """Get one page of the feed, which must be good."""
        answer = await self.get_changes(cursor, **query)
        assert answer.status == 200, answer.body
        return msgspec.json.decode(answer.body, type=ChangesPage)

    async def get_changes(self, cursor: str, **query: str) -> Answer:
        """Ask for a page of the feed."""
        return await self.hq.request(
            "GET",
            "/sync/v1/changes",
            params={"cursor": cursor, **query},
            headers=self.headers,
        )

    async def changes(self, entity: str, cursor: str = "") -> list[dict[str, Any]]:
        """The bodies of all changes of an entity, in order."""
        bodies: list[dict[str, Any]] = []
        more = True
        while more:
            page = await self.page(cursor)
            cursor, more = page.cursor, page.more
            bodies += [
                msgspec.json.decode(change.body)
                for change in page.changes
                if change.entity == entity
            ]
        return bodies


@asynccontextmanager
async def head_office(dsn: str, keys_dir: Path, **sections: Any) -> AsyncIterator[HeadOffice]:
    """Serve on a free port until the end; nothing settles by itself."""
    settings = HqSettings(
        database=DatabaseSection(dsn=dsn),
        paths=PathsSection(keys_dir=str(keys_dir)),
        **sections,
    )
    clock = FixedClock()
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(create_pool(settings.database))
        settler = Settler(pool=pool, clock=clock, batch_events=500, idle_ms=10)
        wakes = WakeStreams(max_streams=settings.feed.max_streams)
        server = Server(
            desk=compose.desk(
                settings,
                pool=pool,
                clock=clock,
                settler=settler,
                wakes=wakes,
            ),
            host="127.0.0.1",
            port=0,
            request_timeout_ms=settings.server.request_timeout_ms,
        )
        url = await server.start()
        stack.push_async_callback(server.stop)
        connection = await connect(settings.database)
        stack.push_async_callback(connection.close)
        hq = HeadOffice(url=url, connection=connection, clock=clock, keys_dir=keys_dir)
        hq.wakes = wakes
        stack.push_async_callback(hq.session.close)
        yield hq
