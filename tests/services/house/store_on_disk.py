"""A store's files as its agent opens and leaves them."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec

from agent.opening import make_state_dir, open_desk
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from agent.services.selling.sell import Sale, sell
from agent.state_dir import DATABASE_FILE
from tests.services.cash.money import ticket
from tests.services.chain import COLA, COLA_FEN, Chain
from tests.services.stopped_clock import StoppedClock

PAGE = 4_096


class StoreOnDisk:
    """The state directory of one store."""

    def __init__(self, chain: Chain, clock: StoppedClock, state_dir: Path) -> None:
        self.chain = chain
        self.clock = clock
        self.settings = chain.settings(state_dir)
        self.state_dir = make_state_dir(self.settings)
        self.file = self.state_dir / DATABASE_FILE

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[StoreDesk]:
        """Open the store as a start does."""
        async with AsyncExitStack() as stack:
            yield await open_desk(self.settings, self.state_dir, clock=self.clock, stack=stack)

    async def worked(self, sales: int) -> list[str]:
        """Open, take the feed, sell, close; return the receipts."""
        async with self.opened() as desk:
            await ChangeApplier(desk).apply(self.chain.page())
            return [await self.sell(desk) for _ in range(sales)]

    async def sell(self, desk: StoreDesk, *, key: str | None = None) -> str:
        """Sell a cola; return the receipt's number."""
        order = {
            "till": "T1",
            "cashier": "C7",
            "lines": [{"sku": COLA, "unit_price_fen": COLA_FEN}],
            "tenders": [{"kind": "cash", "amount_fen": COLA_FEN}],
        }
        asked = Ticket(client="pos", key=key, request_hash=key.encode()) if key else ticket()
        answer = await sell(desk, msgspec.convert(order, Sale), asked)
        return str(msgspec.json.decode(answer.body)["receipt"])

    async def crashed(self, sales: int) -> list[str]:
        """Open, sell, and leave the files as a power cut does."""
        kept = self.state_dir.with_name("as-cut")
        async with self.opened() as desk:
            receipts = [await self.sell(desk) for _ in range(sales)]
            shutil.copytree(self.state_dir, kept)
        shutil.rmtree(self.state_dir)
        kept.rename(self.state_dir)
        return receipts

    def spoil(self, *pages: int) -> None:
        """Overwrite the middle of these pages, counted from 0; below 0 from the end."""
        count = self.file.stat().st_size // PAGE
        with self.file.open("r+b") as out:
            for page in pages:
                out.seek((page % count) * PAGE + 8)
                out.write(os.urandom(PAGE // 2))
