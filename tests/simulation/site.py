"""Where histories take place, one after the other: a database of HQ, and memory for the stores."""

import asyncio
import os
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from tests.simulation.accidents import Accident
from tests.simulation.head_office import HeadOffice
from tests.simulation.history import live_through
from tests.simulation.loop import VirtualLoop
from tests.simulation.world import SimulatedClock, World

LONGEST_S = 6 * 3600
"""No history takes longer, by its own clock."""
OPEN_AT_S = 60.0
"""So long after everything was founded a history begins."""


class Lived(NamedTuple):
    """What a history was like."""

    seed: int
    accidents: list[Accident]
    met: Counter[str]
    """What happened in it."""
    took_s: float
    """By its own clock."""
    broken: str
    """The promise that was not kept; empty: all were."""


def accidents_of(seed: int) -> list[Accident]:
    """Return what befalls the history of `seed`: each kind in its turn, and often another one."""
    chance, kinds = random.Random(f"accidents of {seed}"), list(Accident)
    return [kinds[seed % len(kinds)], *chance.choices(kinds, k=chance.choice((0, 1, 1)))]


class Site:
    """Lives through histories."""

    def __init__(self, loop: VirtualLoop, hq: HeadOffice, room: Path) -> None:
        self._loop = loop
        self._hq = hq
        self._room = room

    async def found(self) -> None:
        """Found what every history begins with."""
        with _same_chance(-1):
            self._founded = await self._world(-1).found(self._room / "founded")

    async def live(self, seed: int) -> Lived:
        """Live through the history of `seed`."""
        self._loop.begin_anew(OPEN_AT_S, LONGEST_S)
        accidents = accidents_of(seed)
        world = self._world(seed)
        broken = ""
        try:
            with _same_chance(seed):
                await live_through(world, self._founded, accidents)
        except Exception as error:  # noqa: BLE001 - told with the seed
            broken = _told(error)
        finally:
            met = sum((line.met for line in self._loop.network.lines.values()), world.met)
            took_s = self._loop.time()
            await world.close()
            shutil.rmtree(self._room / str(seed), ignore_errors=True)
        return Lived(seed, accidents, met, took_s, broken)

    def _world(self, seed: int) -> World:
        clock, room = SimulatedClock(self._loop), self._room / str(seed)
        return World(seed=seed, loop=self._loop, hq=self._hq, clock=clock, room=room)


@asynccontextmanager
async def site(dsn: str, room: Path) -> AsyncIterator[Site]:
    """Open a site; the running loop is a VirtualLoop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    hq = HeadOffice(dsn, room / "keys", SimulatedClock(loop), loop)
    await hq.open()
    try:
        here = Site(loop, hq, room)
        await here.found()
        yield here
    finally:
        await hq.close()


@contextmanager
def _same_chance(seed: int) -> Iterator[None]:
    """Let whatever is drawn at random be the same each time."""
    random.seed(seed)
    drawn = random.Random(f"bytes of {seed}")
    with patch.object(os, "urandom", drawn.randbytes):
        yield


def _told(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(_told(one) for one in error.exceptions)
    return f"{type(error).__name__}: {error}"
