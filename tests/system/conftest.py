"""The files of a store that holds its chain's feed."""

from pathlib import Path

import pytest

from agent.base.clock import SystemClock
from tests.services.chain import Chain, deliver
from tests.system.agent_process import AgentFiles


@pytest.fixture
async def files(tmp_path: Path) -> AgentFiles:
    clock = SystemClock()
    chain = Chain(clock.wall())
    made = AgentFiles(chain, tmp_path)
    await deliver(chain, chain.settings(made.state_dir), clock)
    return made
