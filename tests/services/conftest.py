"""A store's desk over a database that holds the chain's feed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agent.services.desk.store_desk import StoreDesk
from agent.services.staff import pins
from agent.state_dir import DATABASE_FILE
from agent.store.line import sync_state
from tests.lab.fresh_file import fresh_database
from tests.services.chain import STORE, Chain, make_desk
from tests.services.stopped_clock import StoppedClock


@pytest.fixture
def cheap_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a check has to cost is held in test_pin_check.py."""
    monkeypatch.setattr(pins, "MEMORY_KIB", 8)
    monkeypatch.setattr(pins, "PASSES", 1)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def chain(clock: StoppedClock) -> Chain:
    return Chain(clock.now)


@pytest.fixture
async def desk(chain: Chain, clock: StoppedClock, tmp_path: Path) -> AsyncIterator[StoreDesk]:
    database = fresh_database(tmp_path / DATABASE_FILE)
    database.open()
    await database.write(lambda db: sync_state.found(db, store=STORE, install_id="i1"))
    yield make_desk(database, chain.settings(tmp_path), clock)
    await asyncio.to_thread(database.close)
