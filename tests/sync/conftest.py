"""A store's side of sync in memory, and a head office on loopback."""

from collections.abc import AsyncIterator

import pytest

from sync.client import HqClient
from sync.uploader import Uploader
from tests.sync.factories import make_client, make_uploader
from tests.sync.memory import MemoryOutbox
from tests.sync.toy_hq import ToyHq
from tests.sync.virtual_time import VirtualTime


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
async def hq() -> AsyncIterator[ToyHq]:
    toy = ToyHq()
    yield toy
    await toy.stop()


@pytest.fixture
async def client(hq: ToyHq, time: VirtualTime) -> AsyncIterator[HqClient]:
    hq_client = make_client(await hq.start(), time=time)
    await hq_client.start()
    yield hq_client
    await hq_client.stop()


@pytest.fixture
async def outbox() -> MemoryOutbox:
    memory = MemoryOutbox()
    await memory.append(10)
    return memory


@pytest.fixture
async def uploader(
    outbox: MemoryOutbox, client: HqClient, time: VirtualTime
) -> AsyncIterator[Uploader]:
    made = make_uploader(outbox, client, time)
    yield made
    await made.stop()
