"""The floors by themselves: what this machine could do if there were no business."""

import asyncio

from tests.bench.basket import LINES
from tests.bench.events import batches, events
from tests.bench.figures.draining import BACKLOG
from tests.bench.figures.live import SALES
from tests.bench.figures.tills import REQUESTS, SALE_CALLERS
from tests.bench.floors.agent import FloorAgent, best_mode
from tests.bench.floors.postgres import EVENTS, event_row, insert
from tests.bench.floors.sync import WARM_UP_EVENTS, FloorSync
from tests.bench.load import Load
from tests.bench.metric import Metric, percentile
from tests.bench.workshop import Workshop


def measure(workshop: Workshop) -> list[Metric]:
    """Every floor, each under its product's name behind `floor_`."""
    redeemed = {callers: _redemptions(workshop, callers, lines=1) for callers in REQUESTS}
    sold = {callers: _redemptions(workshop, callers, lines=LINES) for callers in SALE_CALLERS}
    return [
        _latency("floor_redeem_p50_ms", redeemed[1], 50),
        _latency("floor_redeem_p99_ms", redeemed[1], 99),
        *(_rate(f"floor_redeem_per_s_c{callers}", loads) for callers, loads in redeemed.items()),
        *(_rate(f"floor_sale_per_s_c{callers}", loads) for callers, loads in sold.items()),
        *_sync(workshop),
        _ingest(workshop),
    ]


def _redemptions(workshop: Workshop, callers: int, *, lines: int) -> list[Load]:
    with FloorAgent(mode=best_mode(callers), directory=workshop.directory()) as agent:
        return [
            agent.redeem(REQUESTS[callers], callers=callers, lines=lines)
            for _ in range(workshop.repetitions)
        ]


def _sync(workshop: Workshop) -> list[Metric]:
    backlog, sales = events(BACKLOG), events(WARM_UP_EVENTS + SALES)
    dsn = workshop.chain().hq.dsn
    with FloorSync(dsn=dsn, directory=workshop.directory()) as floor:
        drained = [BACKLOG / floor.drain(backlog) for _ in range(workshop.repetitions)]
        live = [floor.live(sales) for _ in range(workshop.repetitions)]
    return [
        Metric.of("floor_drain_events_per_s", "1/s", drained),
        *(
            Metric.of(
                f"floor_commit_to_hq_p{percent}_ms",
                "ms",
                [percentile(latencies_s, percent) * 1000 for latencies_s in live],
            )
            for percent in (50, 99)
        ),
    ]


def _ingest(workshop: Workshop) -> Metric:
    dsn = workshop.chain().hq.dsn
    rows = [
        [(EVENTS, [event_row("MB001", event) for event in batch])]
        for batch in batches(events(BACKLOG))
    ]
    rates = [BACKLOG / asyncio.run(insert(dsn, rows)) for _ in range(workshop.repetitions)]
    return Metric.of("floor_hq_ingest_events_per_s", "1/s", rates)


def _latency(name: str, loads: list[Load], percent: float) -> Metric:
    return Metric.of(name, "ms", [load.latency_ms(percent) for load in loads])


def _rate(name: str, loads: list[Load]) -> Metric:
    return Metric.of(name, "1/s", [load.per_s for load in loads])
