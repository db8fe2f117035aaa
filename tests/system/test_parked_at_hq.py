"""What head office could not apply, seen at the store until people there have dealt with it."""

import asyncio
import json
import subprocess
from functools import partial

import aiohttp
import pytest

from agent.base.clock import SystemClock
from sync.hq.line import settle_parked
from tests.api.till import SALES, Till, cash
from tests.lab.books import is_drained
from tests.lab.chain import Chain
from tests.lab.store_site import StoreSite
from tests.lab.until import until
from tests.system.agent_process import COMMAND
from tests.system.shared_chain import another_store

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("shared chain")]

PRICE_FEN = 1_000
TOLD_S = 60.0
_PARK = """
INSERT INTO parked (store, epoch, seq, code, detail, parked_at)
SELECT store, epoch, seq, $2, $3, 1 FROM event WHERE store = $1 AND seq = 1
"""


async def command(site: StoreSite, *words: str) -> str:
    call = [*COMMAND, "outbox", "parked", *words, "--config", str(site.place.config_file)]
    done = await asyncio.to_thread(subprocess.run, call, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_it_is_listed_in_words_and_counted_no_more_once_it_is_settled(
    shared_chain: Chain,
) -> None:
    async with another_store(shared_chain) as site, aiohttp.ClientSession() as session:
        assert "Nothing is parked" in await command(site)
        till = Till(session, site.place.port, site.api_key())
        line = {"sku": "TEA", "quantity": 1, "unit_price_fen": PRICE_FEN}
        order = {"till": "T1", "cashier": "C7", "lines": [line], "tenders": cash(PRICE_FEN)}
        assert (await till.post(SALES, order)).status == 201
        await until("drained", partial(is_drained, site), timeout_s=TOLD_S)
        async with shared_chain.hq.connection() as connection:
            for code, detail in (("unknown_member", "f" * 24), ("sum_mismatch", "\x1b[2J")):
                await connection.execute(_PARK, site.code, code, detail)
            await until("told", partial(_parked_is, site, 1), timeout_s=TOLD_S)
            shown = await command(site)
            assert "总部没有这张券、这次核销或这位会员" in shown
            assert "sale.recorded" in shown
            assert "\x1b" not in shown
            told = json.loads(await command(site, "--json"))
            assert (told["open"], {one["code"] for one in told["events"]}) == (
                1,
                {"unknown_member", "sum_mismatch"},
            )
            assert all('"sku":"TEA"' in one["line"] for one in told["events"])
            now = SystemClock().wall()
            await settle_parked(connection, site.code, 1, epoch=None, why="imported", now=now)
            await until("settled", partial(_parked_is, site, 0), timeout_s=TOLD_S)
        assert "Nothing is parked" in await command(site)
        assert "总部已处理: imported" in await command(site, "--all")


async def _parked_is(site: StoreSite, count: int) -> bool:
    return (await site.status()).outbox.parked_at_hq == count
