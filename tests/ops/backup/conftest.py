"""The chain whose store is backed up."""

import pytest

from tests.services.chain import Chain
from tests.services.stopped_clock import StoppedClock


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def chain(clock: StoppedClock) -> Chain:
    return Chain(clock.now)
