"""What promotions cost a sale: sales by a price book beside sales without one, in turns. No figure
of `./run bench`.

`python -m tests.bench.promotions_cost` prints the processor time of a sale of five lines, without
HTTP, in a store that has 50 promotions, of which some are applied, and in one that has none.
"""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import msgspec

from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from agent.services.selling.sell import Quote, Sale, quote, sell
from agent.state_dir import DATABASE_FILE
from agent.store.line import sync_state
from tests.lab.fresh_file import fresh_database
from tests.services.cash.money import ticket
from tests.services.chain import STORE, Chain, make_desk
from tests.services.feed import change, page
from tests.services.house.store_on_disk import StoreOnDisk
from tests.services.stopped_clock import StoppedClock

ROUNDS = 6
SALES = 300
BASKETS = 20
PROMOTIONS = 50
SKUS = tuple(f"s{at:03}" for at in range(200))
KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "amount_off", "min_fen": 10_000, "off_fen": 1_000},
    {"kind": "percent_off", "pay_bp": 9_000, "cap_fen": 5_000},
    {"kind": "nth_piece", "n": 2, "pay_bp": 5_000},
    {"kind": "special_price", "pay_bp": 9_000},
    {"kind": "gift", "steps": [{"min_fen": 10_000, "choices": ["s000"]}]},
)


async def round_of(directory: Path, *, promoted: bool) -> tuple[float, float]:
    """Return microseconds of processor time of a sale, and how many promotions it applied."""
    clock = StoppedClock()
    store = StoreOnDisk(Chain(clock.now), clock, directory)
    database = fresh_database(directory / DATABASE_FILE)
    async with AsyncExitStack() as stack:
        database.open()
        stack.push_async_callback(asyncio.to_thread, database.close)
        await database.write(lambda db: sync_state.found(db, store=STORE, install_id="i1"))
        desk = make_desk(database, store.settings, clock)
        await ChangeApplier(desk).apply(store.chain.page())
        if promoted:
            await ChangeApplier(desk).apply(_book(desk))
        baskets = [await _order(desk, Random(seed)) for seed in range(BASKETS)]
        for order, _ in baskets:
            await sell(desk, order, ticket())
        began = time.process_time()
        for number in range(SALES):
            await sell(desk, baskets[number % BASKETS][0], ticket())
        spent = time.process_time() - began
    return spent / SALES * 1e6, sum(applied for _, applied in baskets) / BASKETS


def _book(desk: StoreDesk) -> Any:
    """A category of ten articles each has two or three promotions; one is for the whole order."""
    told = []
    for at in range(PROMOTIONS):
        scope = {"categories": [f"c{at % 20}"]} if at else {}
        promotion = {
            "id": f"P{at:02}",
            "name": f"活动{at}",
            "effect": KINDS[at % 5],
            "scope": scope,
        }
        told.append(change("promotion", f"P{at:02}", version=1, promotion=promotion))
    for at, sku in enumerate(SKUS):
        goods = {"sku": sku, "name": sku, "price_fen": 500, "categories": [f"c{at % 20}"]}
        told.append(change("article", sku, **goods))
    return page(*told, at=desk.time.now())


async def _order(desk: StoreDesk, random: Random) -> tuple[Sale, int]:
    lines = [
        {"sku": random.choice(SKUS), "quantity": 2, "unit_price_fen": random.randrange(100, 9_000)}
        for _ in range(5)
    ]
    order = {"till": "T1", "cashier": "1001", "lines": lines}
    told = await quote(desk, msgspec.convert(order, Quote))
    paid = {"tenders": [{"kind": "cash", "amount_fen": told.payable_fen}]}
    return msgspec.convert(order | paid, Sale), len(told.promotions)


def main() -> None:
    """Measure in turns, and print the medians."""
    found: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for number in range(2 * ROUNDS):
        promoted = number % 2 == 0
        with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
            place = Path(directory) / "state"
            found[promoted].append(asyncio.run(round_of(place, promoted=promoted)))
    for promoted, rounds in found.items():
        times = [one for one, _ in rounds]
        print(
            f"{'with' if promoted else 'without'} promotions: {median(times):.0f} µs a sale "
            f"({min(times):.0f} to {max(times):.0f}), {rounds[0][1]:.1f} applied"
        )
    ratio = median(
        without / with_ for (with_, _), (without, _) in zip(found[True], found[False], strict=True)
    )
    print(f"speed with promotions: {ratio:.2f} of that without")


if __name__ == "__main__":
    main()
