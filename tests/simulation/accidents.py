"""What may befall a chain, each as one act that ends when it is over."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final

from agent.store.errors import CommitUnknownError, WriteFailedError
from tests.simulation.network import Mishap, State
from tests.simulation.shop import Shop, Till
from tests.simulation.world import World

PATHS = ("events", "events", "events", "hello", "changes", "claims")
"""What a mishap befalls; most often a batch."""


class Accident(StrEnum):
    """Kinds of accident."""

    REQUEST_LOST = "request_lost"
    REQUEST_CUT = "request_cut"
    REQUEST_LATE = "request_late"
    REQUEST_REPEATED = "request_repeated"
    ANSWER_LOST = "answer_lost"
    ANSWER_CUT = "answer_cut"
    LINE_REFUSED = "line_refused"
    LINE_SILENT = "line_silent"
    LINE_DEAF = "line_deaf"
    LINE_SLOW = "line_slow"
    STORE_DIES = "store_dies"
    HQ_DIES = "hq_dies"
    POSTGRES_AWAY = "postgres_away"
    WRITE_FAILS = "write_fails"
    DISK_SET_BACK = "disk_set_back"
    DISK_CLONED = "disk_cloned"
    PC_REPLACED = "pc_replaced"
    HQ_SET_BACK = "hq_set_back"


async def befall(world: World, accident: Accident) -> None:
    """Let the accident happen to some store, or to HQ."""
    world.met[accident] += 1
    await _ACTS[accident](world, world.chance.choice(world.shops))


def _mishap(mishap: Mishap) -> "Act":
    async def act(world: World, shop: Shop) -> None:
        path = world.chance.choice(PATHS)
        world.line(shop.pc).mishaps.append((path, mishap))

    return act


def _line(state: State) -> "Act":
    async def act(world: World, shop: Shop) -> None:
        line = world.line(shop.pc)
        line.state = state
        await asyncio.sleep(world.chance.uniform(2, 60))
        line.state = State.UP

    return act


async def _slow(world: World, shop: Shop) -> None:
    line = world.line(shop.pc)
    usual, line.delay_s = line.delay_s, (0.3, world.chance.choice((1.0, 4.0, 12.0)))
    await asyncio.sleep(world.chance.uniform(10, 60))
    line.delay_s = usual


async def _store_dies(world: World, shop: Shop) -> None:
    process = shop.pc.process
    assert process is not None
    process.dies_in = world.chance.randrange(25)
    await _within(30, process.dead.wait())
    await shop.pc.stop()
    world.met[f"store died {process.died_at}"] += 1
    await asyncio.sleep(world.chance.uniform(0.5, 20))
    await shop.pc.start()


async def _hq_dies(world: World, _shop: Shop) -> None:
    process = world.hq.process
    if process is None:
        return
    process.dies_in = world.chance.randrange(40)
    await _within(30, process.dead.wait())
    await world.hq.stop()
    world.met["hq died amid its work" if process.died_at != "" else ""] += 1
    await asyncio.sleep(world.chance.uniform(0.5, 20))
    await world.hq.start()


async def _postgres_away(world: World, _shop: Shop) -> None:
    await world.hq.go_away(world.chance.uniform(2, 40))


async def _write_fails(world: World, shop: Shop) -> None:
    kinds = [WriteFailedError, CommitUnknownError]
    shop.pc.database.failing += world.chance.choices(kinds, k=world.chance.randint(1, 3))


async def _disk_set_back(world: World, shop: Shop) -> None:
    copy = shop.pc.copy_disk(world.new_place())
    await asyncio.sleep(world.chance.uniform(5, 60))
    await shop.pc.stop()
    shop.note(shop.pc)
    await asyncio.sleep(world.chance.uniform(0, 5))
    shop.pc.take_disk(copy)
    await shop.pc.start()


async def _disk_cloned(world: World, shop: Shop) -> None:
    first = shop.pc
    copy = first.copy_disk(world.new_place())
    await asyncio.sleep(world.chance.uniform(0, 30))
    clone = world.new_pc(shop.code)
    clone.ledger = first.ledger
    clone.take_disk(copy)
    await clone.start()
    world.tills.append((shop, clone))
    if world.chance.random() < 0.6:
        await Till(first).sell(f"first of {clone.address}", "TEA")
        await Till(clone).sell(f"second of {clone.address}", "CAKE")
    await asyncio.sleep(world.chance.uniform(5, 60))
    kept, left = (first, clone) if world.chance.random() < 0.5 else (clone, first)
    await left.stop()
    left.gone = True
    shop.note(left)
    shop.pc = kept
    world.met["clone kept" if kept is clone else "original kept"] += 1


async def _pc_replaced(world: World, shop: Shop) -> None:
    await asyncio.sleep(world.chance.uniform(0, world.chance.choice((1, 45))))
    old = shop.pc
    if world.chance.random() < 0.5:  # its last batch is still on the way then
        world.line(old).mishaps.append(("events", Mishap.REQUEST_LATE))
        await Till(old).sell(f"last of {old.address}", "TEA")
        await asyncio.sleep(1)
    await old.stop()
    old.gone = True
    shop.note(old)
    new = world.new_pc(shop.code)
    if world.chance.random() < 0.7:
        await world.hq.release(shop.code)
        world.met["released at once"] += 1
    await new.start()
    shop.pc = new


async def _hq_set_back(world: World, _shop: Shop) -> None:
    await world.hq.back_up([shop.code for shop in world.shops])
    await asyncio.sleep(world.chance.uniform(5, 60))
    if world.chance.random() < 0.5:
        for shop in world.shops:
            if shop.pc.running:
                shop.pc.prune()
        await asyncio.sleep(world.chance.uniform(0, 10))
    world.hq_set_back = True
    await world.hq.stop()
    await world.hq.restore()
    await world.hq.start()


async def _within(seconds: float, wait: Awaitable[object]) -> None:
    try:
        await asyncio.wait_for(wait, seconds)
    except TimeoutError:
        return


Act = Callable[[World, Shop], Awaitable[None]]

_ACTS: Final[dict[Accident, Act]] = {
    **{Accident(mishap.value): _mishap(mishap) for mishap in Mishap},
    Accident.LINE_REFUSED: _line(State.REFUSED),
    Accident.LINE_SILENT: _line(State.SILENT),
    Accident.LINE_DEAF: _line(State.DEAF),
    Accident.LINE_SLOW: _slow,
    Accident.STORE_DIES: _store_dies,
    Accident.HQ_DIES: _hq_dies,
    Accident.POSTGRES_AWAY: _postgres_away,
    Accident.WRITE_FAILS: _write_fails,
    Accident.DISK_SET_BACK: _disk_set_back,
    Accident.DISK_CLONED: _disk_cloned,
    Accident.PC_REPLACED: _pc_replaced,
    Accident.HQ_SET_BACK: _hq_set_back,
}
