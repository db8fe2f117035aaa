"""One history's world: a few stores, head office, the lines between, and the chance that rules."""

import asyncio
import random
from collections import Counter
from contextvars import Context
from pathlib import Path
from typing import NamedTuple

from agent.base.clock import Millis
from sync.protocol.messages import Point
from tests.simulation.head_office import Coupon, HeadOffice
from tests.simulation.loop import VirtualLoop
from tests.simulation.network import Line
from tests.simulation.pc import Pc
from tests.simulation.shop import Shop

_HELD = """
SELECT EXISTS (SELECT FROM event WHERE store = $1 AND seq = $2 AND hash = $3) AS held
"""

BEGINNING = Millis(1_800_000_000_000)
CODES = ("S00000A", "S00000B", "S00000C")


class Founded(NamedTuple):
    """What every world begins with, beside HQ's database."""

    disks: dict[str, Path]
    """By store."""
    coupons: list[Coupon]


class SimulatedClock:
    """Everybody's clock."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def wall(self) -> Millis:
        """The time of day."""
        return Millis(BEGINNING + self.monotonic_ms())

    def monotonic_ms(self) -> int:
        """Milliseconds since the beginning."""
        return round(self._loop.time() * 1000)


class World:
    """What accidents and customers act on."""

    def __init__(
        self, *, seed: int, loop: VirtualLoop, hq: HeadOffice, clock: SimulatedClock, room: Path
    ) -> None:
        self.chance = random.Random(seed)
        self.loop = loop
        self.hq = hq
        self.clock = clock
        self.shops: list[Shop] = []
        self.pcs: list[Pc] = []
        """Every machine there ever was."""
        self.tills: list[tuple[Shop, Pc]] = []
        """Clones at which somebody sells, too."""
        self.coupons: list[Coupon] = []
        self.revoked: set[Coupon] = set()
        self.hq_set_back = False
        """Whether HQ's database was, or is about to be."""
        self.unheld: list[str] = []
        """What was acknowledged while HQ did not hold it."""
        self.met: Counter[str] = Counter()
        """What happened beside what the lines met."""
        self._room = room
        self._seed = seed
        self._addresses = 0
        self._looks: set[asyncio.Task[None]] = set()

    async def found(self, disks: Path) -> Founded:
        """Add stores, issue coupons, let everybody hear of everything; return what every other
        world begins with."""
        for code in CODES:
            await self.hq.add_store(code)
            self.shops.append(Shop(self.new_pc(code)))
            self.coupons += await self.hq.issue(code, 1)
        self.coupons += await self.hq.issue(None, 2)
        await self._begin_work()
        await self.close()
        await self.hq.keep()
        copies = {shop.code: shop.pc.copy_disk(disks / shop.code) for shop in self.shops}
        return Founded(copies, self.coupons)

    async def open(self, founded: Founded, stores: int) -> None:
        """Begin with so many of the stores that were founded."""
        await self.hq.begin_anew()
        for code in CODES[:stores]:
            shop = Shop(self.new_pc(code))
            shop.pc.take_disk(founded.disks[code])
            self.shops.append(shop)
        self.coupons = [one for one in founded.coupons if one.store in (None, *CODES[:stores])]
        await self._begin_work()

    async def _begin_work(self) -> None:
        self.loop.network.chance = self.chance
        await self.hq.start()
        for shop in self.shops:
            await shop.pc.start()
        await asyncio.sleep(2)

    async def close(self) -> None:
        """Switch everything off."""
        for pc in self.pcs:
            await pc.scrap()
        await self.hq.stop()
        self.loop.network.lines.clear()

    def new_pc(self, code: str) -> Pc:
        """Return another machine of a store, with an empty disk, on a line of its own."""
        self._addresses += 1
        address = f"10.0.0.{self._addresses}"
        self.loop.network.lines[address] = Line(f"{code} {address}")
        pc = Pc(
            code,
            address,
            self._room / str(self._addresses),
            hq=self.hq,
            clock=self.clock,
            loop=self.loop,
        )
        pc.on_acknowledged = self._acknowledged
        self.pcs.append(pc)
        return pc

    def _acknowledged(self, code: str, through: Point) -> None:
        """Look at once whether HQ holds what it says that it does."""

        async def look() -> None:
            held = await self.hq.ask(_HELD, code, through.seq, bytes.fromhex(through.hash))
            if through.seq and not held[0]["held"] and not self.hq_set_back:
                self.unheld.append(f"{code} {through.seq}")

        task = self.loop.create_task(look(), context=Context())
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)

    def line(self, pc: Pc) -> Line:
        """The line of a machine."""
        return self.loop.network.lines[pc.address]

    def new_place(self) -> Path:
        """Return a directory that is not there yet."""
        self._addresses += 1
        return self._room / f"copy-{self._addresses}"
