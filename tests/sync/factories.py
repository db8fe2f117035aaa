"""The parts under test, made as the tests need them."""

from collections.abc import Sequence

from agent.base.clock import Clock
from agent.domain.trust.keys import kid_of
from sync.client import HqClient
from sync.store_key import StoreKey
from sync.transport.link import LinkState
from sync.transport.request import Timeouts
from sync.uploader import Uploader
from tests.sync.memory import MemoryOutbox
from tests.sync.toy_hq import ANSWER_KEY, KEY
from tests.sync.virtual_time import VirtualTime

TIMEOUTS = Timeouts(connect_ms=3_000, total_ms=3_000)
"""Long enough for any answer of a toy on a busy machine; a test of silence waits so long."""
BATCH_EVENTS = 4


def toy_key(clock: Clock) -> StoreKey:
    """The key of the store that believes the toy."""
    answers = ANSWER_KEY.public_key()
    kid = kid_of(answers.public_bytes_raw()).hex()
    return StoreKey(KEY, install_id="pc-1", answer_keys=lambda: {kid: answers}, clock=clock)


def make_client(
    *urls: str,
    time: Clock,
    ca_file: str = "",
    interfaces: Sequence[str] = (),
    timeouts: Timeouts = TIMEOUTS,
    key: StoreKey | None = None,
) -> HqClient:
    return HqClient(
        urls=urls,
        interfaces=interfaces,
        credentials=key or toy_key(time),
        timeouts=timeouts,
        user_agent="store-agent/test",
        link=LinkState(),
        clock=time,
        ca_file=ca_file,
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
