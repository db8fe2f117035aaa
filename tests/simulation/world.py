"""One history's world: a few stores, head office, the lines between, and the chance that rules."""

import asyncio
import random
from collections import Counter
from contextvars import Context
from pathlib import Path

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

    async def open(self, stores: int) -> None:
        """Add the stores, issue coupons, and let everybody hear of everything."""
        self.loop.network.chance = self.chance
        for number in range(stores):
            code = f"S{self._seed % 36**5:05d}"[:7] + "ABC"[number]
            await self.hq.add_store(code)
            self.shops.append(Shop(self.new_pc(code)))
        for shop in self.shops:
            self.coupons += await self.hq.issue(shop.code, 1)
        self.coupons += await self.hq.issue(None, 2)
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
