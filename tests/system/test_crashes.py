"""Crashes: agent, head office and PostgreSQL are killed during a replay, and nothing is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import pytest
from rich.progress import Progress

from tests.lab.chain import Chain
from tests.lab.replay.__main__ import parser, planned
from tests.lab.replay.replay import Replay
from tests.lab.store_site import StoreSite

COUPONS = 240  # all in the file that comes with the project
KILLS = 12
ROUND = COUPONS // KILLS
LONGEST_DOWN_S = 0.5
PATIENCE_S = 60.0

Crash = Callable[[Chain, StoreSite, float], Awaitable[None]]


class Turnstile:
    """Admits so many visits in each round, so that every crash finds the tills at work."""

    def __init__(self) -> None:
        self._admitted = 0
        self._open_up_to = ROUND
        self._changed = asyncio.Condition()

    async def admit(self) -> None:
        """Return when the next visit may begin."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._admitted < self._open_up_to)
            self._admitted += 1
            self._changed.notify_all()

    async def wait_for(self, visits: int) -> None:
        """Return when so many visits have begun."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._admitted >= visits)

    async def next_round(self) -> None:
        """Admit as many visits again."""
        async with self._changed:
            self._open_up_to += ROUND
            self._changed.notify_all()


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


async def crash_all_along(chain: Chain, turnstile: Turnstile, draw: Random) -> None:
    """Crash each of the three as often as the others, at a random visit of each round."""
    crashes: list[Crash] = [crash_agent, crash_hq, crash_postgres] * (KILLS // 3)
    draw.shuffle(crashes)
    for number, crash in enumerate(crashes):
        await turnstile.wait_for(number * ROUND + draw.randint(1, ROUND))
        await asyncio.sleep(draw.random() / 200)  # somewhere within a request
        site = draw.choice(list(chain.stores.values()))
        await crash(chain, site, draw.random() * LONGEST_DOWN_S)
        await turnstile.next_round()


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_crash_loses_or_doubles_a_sale(tmp_path: Path, seed: int) -> None:
    plan = planned(parser().parse_args(["--stores", "2", "--seed", str(seed)]))
    turnstile = Turnstile()
    with Progress(disable=True) as progress:
        async with Chain(stores=["MB001", "MB002"], directory=tmp_path) as chain:
            replay = Replay(
                chain=chain,
                plan=plan,
                seed=seed,
                progress=progress,
                patience_s=PATIENCE_S,
                admit=turnstile.admit,
            )
            await replay.supply()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(replay.sell())
                tasks.create_task(crash_all_along(chain, turnstile, Random(seed)))
            await replay.drain()
            found = await replay.audit()
    assert found.faults == []
    assert replay.ledger.redeemed == COUPONS
    assert replay.ledger.asked_again > 0
    assert found.events_store == found.events_hq == len(replay.ledger.sales)
    assert (found.lost, found.duplicated, found.journal_hash_equal) == (0, 0, True)
