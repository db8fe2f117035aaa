"""Crashes: agent, head office and PostgreSQL are killed during a replay, and nothing is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import pytest
from rich.console import Console
from rich.progress import Progress

from tests.lab.chain import Chain
from tests.lab.replay.__main__ import parser, planned
from tests.lab.replay.ledger import Ledger
from tests.lab.replay.replay import Replay
from tests.lab.store_site import StoreSite
from tests.lab.until import until

COUPONS = 240  # all in the file that comes with the project
KILLS = 12
LONGEST_DOWN_S = 0.5
PATIENCE_S = 60.0
LOAD_TIMEOUT_S = 90.0

Crash = Callable[[Chain, StoreSite, float], Awaitable[None]]


async def crash_agent(chain: Chain, site: StoreSite, down_s: float) -> None:
    await site.agent.kill()
    await asyncio.sleep(down_s)
    await site.agent.start()


async def crash_hq(chain: Chain, site: StoreSite, down_s: float) -> None:
    await chain.hq.server.kill()
    await asyncio.sleep(down_s)
    await chain.hq.server.start()


async def crash_postgres(chain: Chain, site: StoreSite, down_s: float) -> None:
    await chain.hq.kill_postgres()
    await asyncio.sleep(down_s)
    await chain.hq.start_postgres()


async def crash_all_along(chain: Chain, ledger: Ledger, draw: Random, sales: int) -> None:
    """Crash each of the three in turn, every time after some more sales."""
    crashes = (crash_agent, crash_hq, crash_postgres) * (KILLS // 3)
    moments = sorted(draw.sample(range(sales * 3 // 4), KILLS))
    for crash, moment in zip(draw.sample(crashes, KILLS), moments, strict=True):

        async def reached(moment: int = moment) -> bool:
            return len(ledger.sales) >= moment

        await until(f"{moment} sales are made", reached, timeout_s=LOAD_TIMEOUT_S)
        await asyncio.sleep(draw.random() / 20)  # somewhere within the next sales
        site = draw.choice(list(chain.stores.values()))
        await crash(chain, site, draw.random() * LONGEST_DOWN_S)


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_crash_loses_or_doubles_a_sale(tmp_path: Path, seed: int) -> None:
    draw = Random(seed)
    options = parser().parse_args(["--stores", "2", "--seed", str(seed)])
    plan = planned(options)
    with Progress(console=Console(stderr=True), disable=True) as progress:
        async with Chain(stores=["MB001", "MB002"], directory=tmp_path) as chain:
            replay = Replay(
                chain=chain, plan=plan, seed=seed, progress=progress, patience_s=PATIENCE_S
            )
            await replay.supply()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(replay.sell())
                tasks.create_task(crash_all_along(chain, replay.ledger, draw, COUPONS))
            await replay.drain()
            found = await replay.audit()
    assert found.faults == []
    assert replay.ledger.redeemed == COUPONS
    assert found.events_store == found.events_hq == len(replay.ledger.sales)
    assert (found.lost, found.duplicated, found.journal_hash_equal) == (0, 0, True)
