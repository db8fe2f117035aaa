"""The parts under test, made as the tests need them."""

from sync.client import BearerKey, HqClient, Timeouts
from sync.link import LinkState
from sync.uploader import Uploader
from tests.sync.memory import MemoryOutbox
from tests.sync.toy_hq import KEY
from tests.sync.virtual_time import VirtualTime

TIMEOUTS = Timeouts(connect_ms=3_000, total_ms=3_000)
"""Long enough for any answer of a toy on a busy machine; a test of silence waits so long."""
BATCH_EVENTS = 4


def make_client(*urls: str, time: VirtualTime, key: str = KEY) -> HqClient:
    return HqClient(
        urls=urls,
        credentials=BearerKey(key),
        timeouts=TIMEOUTS,
        user_agent="store-agent/test",
        link=LinkState(),
        clock=time,
    )


def make_uploader(outbox: MemoryOutbox, client: HqClient, time: VirtualTime) -> Uploader:
    return Uploader(
        outbox=outbox,
        client=client,
        clock=time,
        app_version="1.0",
        batch_events=BATCH_EVENTS,
        sleep=time.sleep,
        draw=lambda: 0.5,
    )
