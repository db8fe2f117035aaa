"""What is practised stays on the store PC; what is sold reaches head office."""

from functools import partial
from uuid import uuid4

import aiohttp
import pytest

from agent.api.entry.access import MODE_HEADER, TRAINING_MODE
from tests.lab.books import hq_sales, is_drained
from tests.lab.chain import Chain
from tests.lab.store_site import StoreSite
from tests.lab.until import until
from tests.system.shared_chain import another_store

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("shared chain")]

SYNCED_S = 20.0
CUSTOM_LINE = {"sku": "A1", "quantity": 1, "unit_price_fen": 1_000}
TENDER = {"kind": "cash", "amount_fen": 1_000}


async def sell(site: StoreSite, *, training: bool) -> str:
    """Sell one piece; return the receipt."""
    headers = {"Authorization": f"Bearer {site.api_key()}", "Idempotency-Key": str(uuid4())}
    if training:
        headers[MODE_HEADER] = TRAINING_MODE
    order = {"till": "T1", "cashier": "C7", "lines": [CUSTOM_LINE], "tenders": [TENDER]}
    async with aiohttp.ClientSession(site.url, headers=headers, raise_for_status=True) as session:
        answer = await session.post("/api/v1/sales", json=order)
        return str((await answer.json())["receipt"])


async def test_a_practised_sale_never_reaches_head_office_and_a_real_one_does(
    shared_chain: Chain,
) -> None:
    async with another_store(shared_chain) as site:
        practised = [await sell(site, training=True) for _ in range(3)]
        assert practised[-1] == f"TRAIN-{site.code}-T1-000003"
        assert (await site.status()).journal_seq == 0
        assert await sell(site, training=False) == f"{site.code}-T1-000001"
        await until("head office has it", partial(is_drained, site), timeout_s=SYNCED_S)
        async with shared_chain.hq.connection() as connection:
            assert len(await hq_sales(connection, site.code)) == 1
            events = await connection.fetchval(
                "SELECT count(*) FROM event WHERE store = $1", site.code
            )
        assert events == 1
