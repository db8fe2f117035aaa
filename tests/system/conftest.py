"""The files of a store that holds its chain's feed, and a head office that tests share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agent.base.clock import SystemClock
from tests.lab import chain as lab
from tests.services.chain import Chain, deliver
from tests.system.agent_process import AgentFiles


@pytest.fixture
async def files(tmp_path: Path) -> AgentFiles:
    clock = SystemClock()
    chain = Chain(clock.wall())
    made = AgentFiles(chain, tmp_path)
    await deliver(chain, chain.settings(made.state_dir), clock)
    return made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_chain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[lab.Chain]:
    """A running head office, not to be killed or stopped: each test opens a store of its own."""
    async with lab.Chain(stores=[], directory=tmp_path_factory.mktemp("chain")) as chain:
        yield chain
