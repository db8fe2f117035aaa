"""A store of the matrix: real processes, copied files, and the sales that its tills were told."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp

from agent.services.house.status import StatusReport
from agent.store.line import sync_state
from sync.hq.selling.articles import put_articles
from sync.protocol.changes import ArticleChange
from tests.api.till import SALES, Till, cash
from tests.lab.books import is_drained, is_settled
from tests.lab.chain import Chain
from tests.lab.ports import free_port
from tests.lab.store_site import StorePlace, StoreSite
from tests.lab.until import until
from tests.matrix.books import Row, row

PRICE_FEN = 1_000
PATIENCE_S = 240.0
_SALES = "SELECT sale_id FROM sale WHERE store = $1"


class Shop:
    """One store, which may have two PCs."""

    def __init__(self, chain: Chain, site: StoreSite, session: aiohttp.ClientSession) -> None:
        self.chain = chain
        self.site = site
        self.told: list[str] = []
        """Sales that tills were told, at whichever PC."""
        self._session = session

    async def sell(self, count: int, site: StoreSite | None = None) -> None:
        """Sell so often."""
        site = site or self.site
        till = Till(self._session, site.place.port, site.api_key())
        line = {"sku": "TEA", "quantity": 1, "unit_price_fen": PRICE_FEN}
        order = {"till": "T1", "cashier": "C7", "lines": [line], "tenders": cash(PRICE_FEN)}
        for _ in range(count):
            answer = await till.post(SALES, order)
            assert answer.status == 201, answer.body
            self.told.append(answer.json["sale_id"])

    async def synced(self, site: StoreSite | None = None) -> None:
        """Return when HQ has everything of the PC and has told it everything."""
        site = site or self.site
        await until("drained", partial(is_drained, site), timeout_s=PATIENCE_S)
        async with self.chain.hq.connection() as connection:
            await until("settled", partial(is_settled, connection), timeout_s=PATIENCE_S)

    async def until_state(self, state: str, site: StoreSite | None = None) -> StatusReport:
        """Return what the PC says once its exchange is in `state`."""

        async def reached() -> bool:
            return (await (site or self.site).status()).exchange.state == state

        await until(f"the exchange is {state}", reached, timeout_s=PATIENCE_S)
        return await (site or self.site).status()

    async def held(self) -> list[str]:
        """The sales that head office holds."""
        async with self.chain.hq.connection() as connection:
            return [row["sale_id"] for row in await connection.fetch(_SALES, self.site.code)]

    async def row(self, site: StoreSite | None = None) -> Row:
        """What came of it so far."""
        return row(self.told, await self.held(), await (site or self.site).status())

    async def copy(self, target: Path) -> Path:
        """Copy the PC's files, while its agent is stopped for it."""
        await self.site.agent.stop()
        await asyncio.to_thread(shutil.copytree, self.site.place.state_dir, target)
        await self.site.agent.start()
        return target

    @asynccontextmanager
    async def second_pc(self, files: Path, directory: Path) -> AsyncIterator[StoreSite]:
        """Run another PC of the store on a copy of its files, until the end."""
        first = self.site.place
        place = StorePlace(code=first.code, name=first.name, directory=directory, port=free_port())
        place.make_directory()
        await asyncio.to_thread(shutil.copytree, files, place.state_dir)
        site = StoreSite(place, hq_port=self.chain.hq.port, root_key=self.chain.hq.root_key)
        await site.start()
        try:
            yield site
        finally:
            await site.stop()


@asynccontextmanager
async def open_shop(chain: Chain, code: str) -> AsyncIterator[Shop]:
    """Open a store that sells tea."""
    async with chain.hq.connection() as connection:
        tea = ArticleChange(sku="TEA", name="茶", price_fen=PRICE_FEN)
        await put_articles(connection, [tea])
    site = await chain.open_store(code)
    try:
        async with aiohttp.ClientSession() as session:
            shop = Shop(chain, site, session)
            await until("told all", partial(_told_all, site), timeout_s=PATIENCE_S)
            yield shop
    finally:
        await site.stop()


async def _told_all(site: StoreSite) -> bool:
    with site.database() as db:
        return sync_state.is_told_all(db)
