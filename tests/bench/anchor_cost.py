"""What the anchor costs: sales with it beside sales without, in turns. No figure of `./run bench`.

`python -m tests.bench.anchor_cost` prints the p50 of a sale alone, and sales a second of 16 at
once, both without HTTP.
"""

import asyncio
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from agent.services.desk.store_desk import StoreDesk
from agent.services.house.anchoring import Anchoring
from agent.services.line.apply_changes import ChangeApplier
from agent.state_dir import DATABASE_FILE
from agent.store.line import sync_state
from tests.lab.fresh_file import fresh_database
from tests.services.chain import STORE, Chain, make_desk
from tests.services.house.store_on_disk import StoreOnDisk
from tests.services.stopped_clock import StoppedClock

ROUNDS = 6
ALONE = 60
AT_ONCE = 16
TOGETHER = 20


async def round_of(directory: Path, *, anchored: bool) -> tuple[float, float]:
    """Return milliseconds of a sale alone (p50), and sales a second of AT_ONCE."""
    clock = StoppedClock()
    store = StoreOnDisk(Chain(clock.now), clock, directory)
    database = fresh_database(directory / DATABASE_FILE)
    async with AsyncExitStack() as stack:
        database.open()
        stack.push_async_callback(asyncio.to_thread, database.close)
        await database.write(lambda db: sync_state.found(db, store=STORE, install_id="i1"))
        desk = make_desk(database, store.settings, clock)
        await ChangeApplier(desk).apply(store.chain.page())
        if anchored:
            anchoring = Anchoring(database, time=desk.time, state_dir=directory, store=STORE)
            await anchoring.start()
            stack.push_async_callback(anchoring.stop)
        return await alone(store, desk), await together(store, desk)


async def alone(store: StoreOnDisk, desk: StoreDesk) -> float:
    """Sell one after the other."""
    took = []
    for _ in range(ALONE):
        began = time.perf_counter()
        await store.sell(desk)
        took.append(time.perf_counter() - began)
    return median(took) * 1_000


async def together(store: StoreOnDisk, desk: StoreDesk) -> float:
    """Sell AT_ONCE at a time."""
    began = time.perf_counter()
    for _ in range(TOGETHER):
        await asyncio.gather(*(store.sell(desk) for _ in range(AT_ONCE)))
    return AT_ONCE * TOGETHER / (time.perf_counter() - began)


def main() -> None:
    """Measure in turns, and print the medians."""
    found: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for number in range(2 * ROUNDS):
        anchored = number % 2 == 0
        with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
            place = Path(directory) / "state"
            found[anchored].append(asyncio.run(round_of(place, anchored=anchored)))
    for anchored, rounds in found.items():
        single = [one for one, _ in rounds]
        many = [rate for _, rate in rounds]
        print(
            f"{'with' if anchored else 'without'} the anchor: a sale alone {median(single):.1f} ms "
            f"({min(single):.1f} to {max(single):.1f}), {AT_ONCE} at once {median(many):.0f} a "
            f"second ({min(many):.0f} to {max(many):.0f})"
        )


if __name__ == "__main__":
    main()
