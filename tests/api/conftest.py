"""A store with a running agent, and a till that talks to it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import ClassVar

import aiohttp
import pytest

from agent.api.entry.keys import ApiKeys
from agent.base.clock import Clock
from agent.base.notify import Notifier
from agent.compose import StoreAgent
from agent.services.staff import pins
from agent.settings import Settings
from agent.state_dir import API_KEYS_DIR, LOCAL_KEY_FILE
from tests.api.contract import Contract
from tests.api.page import Page, add_staff
from tests.api.till import Till
from tests.services.chain import Chain, deliver
from tests.services.facts import facts
from tests.services.stopped_clock import StoppedClock


class Shop:
    """A store: its files, and its agent, which can be started again."""

    contract: ClassVar[Contract | None] = None
    """One for all: agents differ in address and cookie alone, and it takes long to make."""

    def __init__(self, chain: Chain, settings: Settings, clock: Clock) -> None:
        self.chain = chain
        self.settings = settings
        self.state_dir = Path(settings.paths.state_dir)
        self._clock = clock
        self._stack = AsyncExitStack()

    async def open(self) -> Till:
        """Start the agent; return a till with the key of this PC."""
        notifier = Notifier(address=None, watchdog_interval_s=None)
        self._agent = StoreAgent(self.settings, notifier=notifier, clock=self._clock)
        await self._agent.start()
        self._stack.push_async_callback(self._agent.stop)
        self._session = await self._stack.enter_async_context(aiohttp.ClientSession())
        key = (self.state_dir / LOCAL_KEY_FILE).read_text().strip()
        if Shop.contract is None:
            document = (await Till(self._session, self._agent.port, key).get("/openapi.json")).json
            Shop.contract = Contract(document)
        return self._till(key)

    async def close(self) -> None:
        """Stop the agent."""
        await self._stack.aclose()

    def another_till(self, name: str) -> Till:
        """Return a till with a key of its own."""
        return self._till(ApiKeys(self.state_dir / API_KEYS_DIR).add(name))

    def facts(self) -> object:
        """Return all that is recorded."""
        return facts(self.state_dir)

    def _till(self, key: str) -> Till:
        return Till(self._session, self._agent.port, key, contract=Shop.contract)


@pytest.fixture(autouse=True)
def cheap_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many tests sign in; what a check has to cost is held in tests/services/test_pin_check.py."""
    monkeypatch.setattr(pins, "MEMORY_KIB", 8)
    monkeypatch.setattr(pins, "PASSES", 1)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def chain(clock: StoppedClock) -> Chain:
    return Chain(clock.now)


@pytest.fixture
def settings(chain: Chain, tmp_path: Path) -> Settings:
    return chain.settings(tmp_path / "state")


@pytest.fixture
async def shop(chain: Chain, settings: Settings, clock: StoppedClock) -> AsyncIterator[Shop]:
    await deliver(chain, settings, clock)
    store = Shop(chain, settings, clock)
    yield store
    await store.close()


@pytest.fixture
async def till(shop: Shop) -> Till:
    return await shop.open()


@pytest.fixture
async def page(till: Till) -> Page:
    """The till page of a store that has its STAFF, with ANNA signed in."""
    await add_staff(till)
    page = Page(till)
    await page.sign_in()
    return page
