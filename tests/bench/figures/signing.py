"""What signatures cost: a backlog with and without them, and a claim beside a bare signed POST."""

import sys
from collections.abc import Sequence
from time import perf_counter

from agent.base.clock import SystemClock
from agent.store.line import sync_state
from sync.client import HqClient
from sync.protocol.claims import ClaimOrder, ClaimState
from sync.protocol.identity import Identity
from sync.transport.link import LinkState
from sync.transport.request import Timeouts
from tests.bench.agent import Agent
from tests.bench.figures.draining import closed_store, drained
from tests.bench.floors.signed_post import FloorSignedPost
from tests.bench.metric import Metric, interleave, percentile
from tests.bench.store import Store
from tests.bench.workshop import Workshop
from tests.lab.head_office import HeadOffice
from tests.lab.ports import LOOPBACK, free_port
from tests.lab.service import Service

BACKLOG = 10_000
CLAIMS = 200
"""Counted ones, a repetition."""
WARM_UP = 20
TIMEOUTS = Timeouts(connect_ms=5_000, total_ms=10_000)
_UNSIGNED = (sys.executable, "-m", "tests.bench.without_signatures")


def measure(workshop: Workshop) -> list[Metric]:
    """Both, each in turns with what it stands beside."""
    return [_drain(workshop), *_claims(workshop)]


def _drain(workshop: Workshop) -> Metric:
    """Events a second until all are acknowledged; the floor is the same without signatures."""
    port, unsigned = workshop.run(_without_signatures(workshop.chain().hq))
    try:
        floors, products = interleave(
            workshop.repetitions,
            lambda: BACKLOG / _drained_unsigned(workshop, port),
            lambda: BACKLOG / drained(workshop, closed_store(workshop, BACKLOG)),
        )
    finally:
        workshop.run(unsigned.stop())
    return Metric.of("drain_signed_events_per_s", "1/s", products, floors)


def _drained_unsigned(workshop: Workshop, port: int) -> float:
    store = closed_store(workshop, BACKLOG)
    store.call(f"http://{LOOPBACK}:{port}")
    return drained(workshop, store, command=(*_UNSIGNED, "store-agent"))


async def _without_signatures(hq: HeadOffice) -> tuple[int, Service]:
    """Another store-hq on the same database, which believes whoever asks."""
    port, config = free_port(), hq.directory / "hq-unsigned.toml"
    text = hq.config_file.read_text("utf-8")
    config.write_text(text.replace(f"port = {hq.port}", f"port = {port}"), "utf-8")
    command = [*_UNSIGNED, "store-hq", "run", "--config", str(config)]
    server = Service("store-hq without signatures", command, log=hq.directory / "unsigned.log")
    await server.start()
    return port, server


def _claims(workshop: Workshop) -> list[Metric]:
    """From a claim's first byte to its answer, one at a time: of one coupon, granted."""
    hq, store = workshop.chain().hq, workshop.run(workshop.chain().open_store(connected=True))
    claims = WARM_UP + max(workshop.portion(CLAIMS), 1)
    with (
        Agent(store, workshop),
        FloorSignedPost(
            dsn=hq.dsn, keys_dir=hq.key_store.directory, public_key=store.key.signer
        ) as floor,
    ):
        floors, products = interleave(
            workshop.repetitions,
            lambda: workshop.run(_asked(store, f"http://{LOOPBACK}:{floor.port}", ["c"] * claims)),
            lambda: workshop.run(_asked(store, hq.url, _coupons(workshop, store, claims))),
        )
    return [
        Metric.of(
            f"claim_p{percent}_ms",
            "ms",
            [percentile(latencies_s, percent) * 1000 for latencies_s in products],
            [percentile(latencies_s, percent) * 1000 for latencies_s in floors],
        )
        for percent in (50, 99)
    ]


def _coupons(workshop: Workshop, store: Store, count: int) -> list[str]:
    issued = workshop.run(workshop.chain().issue(store, count))
    return [coupon.coupon_id for coupon in issued]


async def _asked(store: Store, url: str, coupon_ids: Sequence[str]) -> list[float]:
    """Seconds of each claim; RuntimeError if head office did not grant one."""
    client = HqClient(
        urls=[url],
        credentials=store.key,
        timeouts=TIMEOUTS,
        user_agent="bench",
        link=LinkState(),
        clock=SystemClock(),
    )
    with store.database() as db:
        state = sync_state.get(db)
    identity = Identity(state.install_id, state.epoch)
    latencies_s: list[float] = []
    await client.start()
    try:
        for number, coupon_id in enumerate(coupon_ids):
            order = ClaimOrder(claim_id=str(number), coupon_ids=(coupon_id,))
            begun = perf_counter()
            answer = await client.claim(order, identity, within_ms=TIMEOUTS.total_ms)
            latencies_s.append(perf_counter() - begun)
            if any(result.state is not ClaimState.GRANTED for result in answer.results):
                raise RuntimeError(f"not granted: {answer.results}")
    finally:
        await client.stop()
    return latencies_s[WARM_UP:]
