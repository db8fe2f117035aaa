"""A backup is restored, or a damaged database begun anew: at a real head office nothing is
doubled."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from agent.base.clock import DAY_MS, Millis, SystemClock
from agent.domain.coupons.campaign import AmountOff
from agent.domain.selling.receipt import UNGREETED
from agent.domain.trust.policy import CampaignClass
from agent.ops.backup.keys import make_key
from agent.store.house import quarantine
from agent.store.line import sync_state
from agent.store.sqlite import connect
from sync.hq.coupons.campaigns import add_campaign
from sync.hq.coupons.coupons import Terms
from sync.hq.coupons.handouts import hand_out
from sync.hq.intake import past
from sync.hq.selling.articles import put_articles
from sync.hq.stock import set_stock
from sync.protocol.changes import ArticleChange
from tests.api.till import SALES, Till, cash
from tests.lab.books import is_drained, is_settled
from tests.lab.chain import Chain
from tests.lab.line import LineCut
from tests.lab.store_site import StoreSite
from tests.lab.until import until
from tests.system.agent_process import COMMAND
from tests.system.shared_chain import another_store

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("shared chain")]

PRICE_FEN = 1_000
STOCK = 100
TOLD_S = 60.0


class Shop:
    """A store of its own for each test, with its POS, its backups and its head office."""

    def __init__(
        self, chain: Chain, site: StoreSite, session: aiohttp.ClientSession, key: Path
    ) -> None:
        self.chain = chain
        self.site = site
        self.key = key
        self.receipts: list[str] = []
        self.given: list[str] = []
        self._session = session

    @property
    def state_dir(self) -> Path:
        return self.site.place.state_dir

    async def sell(self, count: int = 1, *, key: str | None = None) -> dict[str, Any]:
        """Sell so often; return the last answer."""
        till = Till(self._session, self.site.place.port, self.site.api_key())
        line = {"sku": "TEA", "quantity": 1, "unit_price_fen": PRICE_FEN}
        order = {"till": "T1", "cashier": "C7", "lines": [line], "tenders": cash(PRICE_FEN)}
        for _ in range(count):
            answer = await till.post(SALES, order, key=key or "")
            assert answer.status == 201, answer.body
            if answer.json["receipt"] not in self.receipts or key is None:
                self.receipts.append(answer.json["receipt"])
                self.given += [one["coupon_id"] for one in answer.json["given"]]
        sold: dict[str, Any] = answer.json
        return sold

    async def command(self, *words: str) -> str:
        """Run `store-agent` with the store's settings; return what it printed."""
        told = await asyncio.to_thread(
            subprocess.run,
            [*COMMAND, *words, "--config", str(self.site.place.config_file)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stderr
        return told.stdout

    async def recover(self, directory: str) -> dict[str, Any]:
        """Bring in what was set aside in `directory`, with the agent stopped for it."""
        await self.site.agent.stop()
        told: dict[str, Any] = json.loads(
            await self.command("recover", f"{directory}/store.db", "--json")
        )
        await self.site.agent.start()
        return told

    async def synced(self) -> None:
        await until("drained", partial(_drained, self.site), timeout_s=TOLD_S)
        async with self.chain.hq.connection() as connection:
            await until("settled", partial(is_settled, connection), timeout_s=TOLD_S)
        await until("told all", partial(_told_all, self.site), timeout_s=TOLD_S)

    async def at_hq(self) -> tuple[int, int, int]:
        """Sales, different sales, and pieces in stock, as head office has them."""
        async with self.chain.hq.connection() as connection:
            row = await connection.fetchrow(
                "SELECT count(*) AS sales, count(DISTINCT sale_id) AS different, "
                "(SELECT quantity FROM stock WHERE store = $1) AS stock FROM sale WHERE store = $1",
                self.site.code,
            )
            return row["sales"], row["different"], row["stock"]


async def _drained(site: StoreSite) -> bool:
    return await is_drained(site)


async def _told_all(site: StoreSite) -> bool:
    with site.database() as db:
        return sync_state.is_told_all(db)


@pytest_asyncio.fixture(loop_scope="session")
async def shop(shared_chain: Chain, tmp_path: Path) -> AsyncIterator[Shop]:
    target, key = tmp_path / "disk", tmp_path / "key"
    target.mkdir()
    section = (
        f'[backup]\ntarget = "{target}"\nrecipients = ["{make_key(key)}"]\n'
        "must_be_mounted = false\n"
    )
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        site = await stack.enter_async_context(another_store(shared_chain, settings=section))
        shop = Shop(shared_chain, site, session, key)
        await _supply(shop)
        yield shop


async def _supply(shop: Shop) -> None:
    now, hq, store = SystemClock().wall(), shop.chain.hq, shop.site.code
    async with hq.connection() as connection:
        tea = ArticleChange(sku="TEA", name="茶", price_fen=PRICE_FEN)
        await put_articles(connection, [tea])
        await set_stock(connection, store, {"TEA": STOCK})
        campaign = await add_campaign(
            connection,
            name="满10减3",
            rule=AmountOff(min_fen=PRICE_FEN, off_fen=300),
            class_=CampaignClass.BOUND,
            starts_at=Millis(now - DAY_MS),
            ends_at=Millis(now + 30 * DAY_MS),
        )
        terms = Terms(
            campaign=campaign.campaign,
            not_before=Millis(now - DAY_MS),
            expires=Millis(now + 30 * DAY_MS),
            store=store,
        )
        await hand_out(
            connection, hq.key_store, terms, giver=store, from_fen=PRICE_FEN, count=20, now=now
        )

    async def supplied() -> bool:
        with shop.site.database() as db:
            held: int = db.execute("SELECT count(*) FROM handout").fetchone()[0]
            return held == 20 and sync_state.is_told_all(db)

    await until("the store has what HQ issued", supplied, timeout_s=TOLD_S)


async def test_a_restored_backup_doubles_nothing_and_what_it_lacks_is_recovered_once(
    shop: Shop,
) -> None:
    await shop.sell(3)
    await shop.command("backup", "now")
    await shop.sell(1)
    await shop.sell(1, key="asked-again")
    await shop.synced()
    await shop.site.line.cut(LineCut.REFUSE)
    await shop.sell(2)  # head office never hears of these from the database that is replaced
    await shop.site.agent.stop()

    told = await shop.command("backup", "restore", "--key", str(shop.key))
    (aside,) = quarantine.listed(shop.state_dir)
    assert aside.directory in told
    await shop.site.agent.start()
    again = await shop.sell(1, key="asked-again")
    assert again["receipt"] == shop.receipts[4]
    offline = await shop.sell()
    assert offline["receipt_no"] > UNGREETED
    await shop.site.line.mend()
    await shop.synced()
    online = await shop.sell()
    assert online["receipt_no"] > past.RECEIPT_LEAP
    await shop.synced()
    assert await shop.at_hq() == (7, 7, STOCK - 7)

    report = await shop.recover(aside.directory)
    assert (report["recorded"], report["lost"]) == (2, [])
    await shop.synced()
    assert await shop.at_hq() == (9, 9, STOCK - 9)
    assert (await shop.recover(aside.directory))["recorded"] == 0
    await shop.synced()
    assert await shop.at_hq() == (9, 9, STOCK - 9)
    assert len(set(shop.receipts)) == len(shop.receipts) == 9
    assert len(set(shop.given)) == len(shop.given)


async def test_control_the_same_copy_without_its_mark_repeats_a_number(
    shop: Shop, tmp_path: Path
) -> None:
    await shop.sell(1)
    await shop.command("backup", "now")
    await shop.sell(1)
    await shop.synced()
    await shop.site.line.cut(LineCut.REFUSE)
    await shop.site.agent.stop()
    await shop.command("backup", "restore", "--key", str(shop.key))
    db = connect(str(shop.state_dir / "store.db"))
    db.execute("UPDATE sync_state SET anew = 0, epoch = 1, ungreeted_after = 0")
    db.close()
    await shop.site.agent.start()
    await shop.sell(1)
    assert len(set(shop.receipts)) == len(shop.receipts) - 1


async def test_a_damaged_database_is_begun_anew_and_its_events_reach_head_office_once(
    shop: Shop,
) -> None:
    await shop.sell(3)
    await shop.synced()
    await shop.site.line.cut(LineCut.REFUSE)
    await shop.sell(3)
    await shop.site.agent.kill()
    db = connect(str(shop.state_dir / "store.db"))
    db.execute("UPDATE journal SET occurred_at = occurred_at + 1 WHERE seq = 5")
    db.close()

    await shop.site.agent.start()
    await shop.sell()
    await shop.site.line.mend()
    await shop.synced()
    await shop.sell()
    (aside,) = quarantine.listed(shop.state_dir)
    report = await shop.recover(aside.directory)
    assert (report["read"], report["recorded"], report["lost"]) == (2, 2, [[5, 5]])
    await shop.synced()
    assert await shop.at_hq() == (7, 7, STOCK - 7)
    status = await shop.site.status()
    assert status.line.upload == "idle"
    assert len(set(shop.receipts)) == len(shop.receipts)
    assert len(set(shop.given)) == len(shop.given)


async def test_the_same_backup_restored_twice_is_not_fenced(shop: Shop) -> None:
    await shop.sell(1)
    await shop.command("backup", "now")
    for _ in range(2):
        await shop.sell(1)
        await shop.synced()
        await shop.site.agent.stop()
        await shop.command("backup", "restore", "--key", str(shop.key))
        await shop.site.agent.start()
        await shop.synced()
    await shop.sell(1)
    await shop.synced()
    assert await shop.at_hq() == (4, 4, STOCK - 4)
    assert len(set(shop.receipts)) == len(shop.receipts) == 4
