"""The chain that figures are taken in: a real head office with one campaign, and stores of it.

What a store gets from head office it gets as in production: coupons that are issued, documents
that are signed, and the change feed's first page, applied by the code of the agent.
"""

import asyncio
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Self

import asyncpg

from agent.base.clock import DAY_MS, Millis, SystemClock
from agent.domain.coupons.campaign import AmountOff, Campaign
from agent.domain.trust.policy import CampaignClass
from sync.hq.contact import ContactBook
from sync.hq.coupons.campaigns import add_campaign
from sync.hq.coupons.coupons import IssuedCoupon, Terms, issue_coupons
from sync.hq.feed.changes import Feed
from sync.hq.selling.articles import put_articles
from sync.hq.stock import set_stock
from sync.hq.stores import add_store, list_stores
from sync.protocol.limits import MAX_PAGE_CHANGES
from sync.protocol.messages import ChangesPage
from tests.bench.basket import ARTICLES, MIN_FEN, OFF_FEN
from tests.bench.store import Store
from tests.lab.enrolling import enrol
from tests.lab.head_office import HeadOffice
from tests.lab.ports import LOOPBACK

PIECES_IN_STOCK = 10_000_000
MAX_ISSUED_AT_ONCE = 10_000
_POLL_S = 0.02


class Chain:
    """Head office, and the stores that were opened so far."""

    def __init__(self, hq: HeadOffice, campaign: Campaign, *, new_directory: Callable[[], Path]):
        self.hq = hq
        self._campaign = campaign
        self._new_directory = new_directory
        self._numbers = count(1)

    @classmethod
    async def found(cls, hq: HeadOffice, *, new_directory: Callable[[], Path]) -> Self:
        """Announce the campaign and the articles at a head office that serves."""
        now = SystemClock().wall()
        async with hq.connection() as connection:
            campaign = await add_campaign(
                connection,
                name=f"满{MIN_FEN // 100}减{OFF_FEN // 100}",
                rule=AmountOff(min_fen=MIN_FEN, off_fen=OFF_FEN),
                class_=CampaignClass.BOUND,
                starts_at=Millis(now - DAY_MS),
                ends_at=Millis(now + 100 * DAY_MS),
            )
            await put_articles(connection, ARTICLES)
        return cls(hq, campaign, new_directory=new_directory)

    @property
    def url(self) -> str:
        """Head office's address."""
        return f"http://{LOOPBACK}:{self.hq.port}"

    async def open_store(self, *, connected: bool) -> Store:
        """A new store with the whole feed applied; `connected`: it knows head office's address."""
        code = f"MB{next(self._numbers):03d}"
        async with self.hq.connection() as connection:
            await add_store(connection, code, now=SystemClock().wall())
            enrolment = await enrol(connection, self.hq.key_store, code)
            stock = {article.sku: PIECES_IN_STOCK for article in ARTICLES}
            await set_stock(connection, code, stock)
        store = Store(
            code,
            directory=self._new_directory(),
            campaign=self._campaign.campaign,
            root_key=self.hq.root_key,
        )
        await store.prepare(
            await self._feed(code), hq_url=self.url if connected else None, enrolment=enrolment
        )
        return store

    async def add_store(self, *, hq_url: str) -> Store:
        """A new store whose PC knows nothing yet."""
        code = f"MB{next(self._numbers):03d}"
        async with self.hq.connection() as connection:
            await add_store(connection, code, now=SystemClock().wall())
            enrolment = await enrol(connection, self.hq.key_store, code)
        store = Store(
            code,
            directory=self._new_directory(),
            campaign=self._campaign.campaign,
            root_key=self.hq.root_key,
        )
        store.set_up(hq_url=hq_url, enrolment=enrolment)
        return store

    async def issue(self, store: Store, number: int) -> list[IssuedCoupon]:
        """So many new coupons that only `store` may take."""
        now = SystemClock().wall()
        terms = Terms(
            campaign=self._campaign.campaign,
            store=store.code,
            not_before=Millis(now - DAY_MS),
            expires=Millis(now + 30 * DAY_MS),
        )
        issued: list[IssuedCoupon] = []
        async with self.hq.connection() as connection:
            while (lacking := number - len(issued)) > 0:
                issued += await issue_coupons(
                    connection,
                    self.hq.key_store,
                    terms,
                    count=min(lacking, MAX_ISSUED_AT_ONCE),
                    now=now,
                )
        return issued

    async def restart(self) -> None:
        """Stop head office's process and start a new one."""
        await self.hq.server.stop()
        await self.hq.server.start()

    def hq_pid(self) -> int:
        """Of head office's process."""
        pid = self.hq.server.pid
        if pid is None:
            raise RuntimeError(f"store-hq ended:\n{self.hq.server.log_tail()}")
        return pid

    async def settled(self) -> None:
        """Return when head office has nothing left to do for events that it has received."""
        async with self.hq.connection() as connection:
            while await _lag(connection):  # noqa: ASYNC110 - another process settles
                await asyncio.sleep(_POLL_S)

    async def postgres_version(self) -> str:
        """Of head office's server."""
        async with self.hq.connection() as connection:
            return str(await connection.fetchval("SHOW server_version"))

    async def _feed(self, code: str) -> ChangesPage:
        clock = SystemClock()
        async with asyncpg.create_pool(self.hq.dsn, min_size=1, max_size=1) as pool:
            contacts = ContactBook(pool=pool, clock=clock)
            feed = Feed(pool=pool, clock=clock, contacts=contacts, page_rows=MAX_PAGE_CHANGES)
            page = await feed.page(code, cursor="", limit="")
        if page.more:
            raise RuntimeError(f"the feed of {code} does not fit into one page")
        return page


async def _lag(connection: asyncpg.Connection) -> int:
    return sum(status.lag for status in await list_stores(connection))
