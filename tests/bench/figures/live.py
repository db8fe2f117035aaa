"""Online, one event at a time: from the till's answer until head office holds the event."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from time import perf_counter

from tests.bench.agent import RECORDED, Agent
from tests.bench.arrivals import watch
from tests.bench.events import events
from tests.bench.floors.sync import PACE_S, WARM_UP_EVENTS, FloorSync
from tests.bench.load import LoadError
from tests.bench.metric import Metric, interleave, percentile
from tests.bench.store import Store
from tests.bench.workshop import Workshop
from tests.lab.ports import LOOPBACK

SALES = 250
"""Counted ones, a repetition."""


def measure(workshop: Workshop) -> list[Metric]:
    """Sales of five lines with one coupon, each sent by the agent as soon as it is recorded."""
    sales = WARM_UP_EVENTS + workshop.portion(SALES)
    dsn = workshop.chain().hq.dsn
    store = workshop.run(workshop.chain().open_store(connected=True))
    with (
        FloorSync(dsn=dsn, directory=workshop.directory()) as floor,
        Agent(store, workshop) as agent,
    ):
        floors, products = interleave(
            workshop.repetitions,
            lambda: floor.live(events(sales)),
            lambda: _sell(workshop, agent, sales),
        )
    return [
        Metric.of(
            f"commit_to_hq_p{percent}_ms",
            "ms",
            [percentile(latencies_s, percent) * 1000 for latencies_s in products],
            [percentile(latencies_s, percent) * 1000 for latencies_s in floors],
        )
        for percent in (50, 99)
    ]


def _sell(workshop: Workshop, agent: Agent, sales: int) -> list[float]:
    coupons = workshop.run(workshop.chain().issue(agent.store, sales))
    requests = [agent.sale(coupon) for coupon in coupons]
    latencies_s = workshop.run(_latencies_s(agent.store, requests, workshop.chain().hq.dsn))
    return latencies_s[WARM_UP_EVENTS:]


async def _latencies_s(store: Store, requests: Iterable[bytes], dsn: str) -> list[float]:
    latencies_s: list[float] = []
    seq = store.last_seq()
    async with (
        watch(dsn, store.code, table="store_position", seq="accepted_seq") as arrivals,
        _till(store.place.port) as till,
    ):
        for seq, request in enumerate(requests, store.last_seq() + 1):
            await asyncio.sleep(PACE_S)
            answered = await till.ask(request)
            latencies_s.append(await arrivals.of(seq) - answered)
    return latencies_s


class _Till:
    """One keep-alive connection to the agent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, request: bytes) -> float:
        """Send the request; return perf_counter of its answer, which records a sale. LoadError."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]
        body = await self._reader.readexactly(int(length))
        answered = perf_counter()
        if RECORDED not in body:
            raise LoadError(f"the sale was not recorded: {body!r}")
        return answered


@asynccontextmanager
async def _till(port: int) -> AsyncIterator[_Till]:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        yield _Till(reader, writer)
    finally:
        writer.close()
        await writer.wait_closed()
