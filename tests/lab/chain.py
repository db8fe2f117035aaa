"""A chain of the lab: head office, and stores each behind a line of its own. All of it is real.

    async with Chain(stores=["MB001", "MB002"]) as chain:
        await chain.stores["MB001"].line.cut(LineCut.REFUSE)

PostgreSQL, store-hq and the agents are processes; none of them outlives the lab.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from agent.base.clock import SystemClock
from sync.hq.stores import add_store, list_stores
from tests.lab.enrolling import enrol, keep
from tests.lab.head_office import HeadOffice
from tests.lab.ports import free_port
from tests.lab.store_site import StorePlace, StoreSite


@dataclass(frozen=True, kw_only=True)
class ChainPorts:
    """The ports of a chain: those given, others are free ones."""

    hq: int = field(default_factory=free_port)
    postgres: int = field(default_factory=free_port)
    agents: Mapping[str, int] = field(default_factory=dict)
    """By store code."""

    def of_agent(self, store: str) -> int:
        """The port of a store's local API."""
        return self.agents.get(store) or free_port()


class Chain:
    """Head office and stores. Data live in `directory`, or else in one that `stop()` removes."""

    def __init__(
        self,
        *,
        stores: Sequence[str] | Mapping[str, str],
        directory: Path | None = None,
        ports: ChainPorts | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`stores` are codes, or names by code; `settings` are more TOML for agents, by code."""
        self._settings = settings or {}
        self._names = dict(stores) if isinstance(stores, Mapping) else dict.fromkeys(stores, "")
        self._given_directory = directory
        self._directory: Path | None = None
        self._ports = ports or ChainPorts()
        self._started = AsyncExitStack()
        self._hq: HeadOffice | None = None
        self.stores: dict[str, StoreSite] = {}
        """By code, in the order given; once started."""

    @property
    def hq(self) -> HeadOffice:
        """Head office, once started."""
        assert self._hq is not None, "the chain is not started"
        return self._hq

    async def start(self) -> None:
        """Return when HQ and every agent serve; leaves nothing behind if one of them does not."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def open_store(self, code: str, *, name: str = "", settings: str = "") -> StoreSite:
        """Start another store in the running chain; return it when its agent serves."""
        assert self._directory is not None, "the chain is not started"
        return await self._start_store(self._directory / code, code, name, settings)

    async def stop(self) -> None:
        """Stop everything in reverse order; does nothing if it doesn't run."""
        await self._started.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def _place(self) -> Path:
        if self._given_directory is not None:
            return self._given_directory.resolve()
        directory = Path(tempfile.mkdtemp(prefix="store-agent-chain-"))
        self._started.callback(shutil.rmtree, directory)
        return directory

    async def _start(self) -> None:
        directory = self._directory = self._place()
        self._hq = HeadOffice(
            directory / "hq", port=self._ports.hq, postgres_port=self._ports.postgres
        )
        self._started.push_async_callback(self.hq.stop)
        await self.hq.start()
        for code, name in self._names.items():
            await self._start_store(directory / code, code, name, self._settings.get(code, ""))

    async def _start_store(self, directory: Path, code: str, name: str, settings: str) -> StoreSite:
        place = StorePlace(
            code=code,
            name=name,
            directory=directory,
            port=self._ports.of_agent(code),
            more_settings=settings,
        )
        place.make_directory()
        if not place.enrolment_file.exists():
            await self._enrol(place)
        site = StoreSite(place, hq_port=self.hq.port, root_key=self.hq.root_key)
        self._started.push_async_callback(site.stop)
        await site.start()
        self.stores[code] = site
        return site

    async def _enrol(self, place: StorePlace) -> None:
        """Let the store's machine in at HQ."""
        async with self.hq.connection() as connection:
            known = {status.store for status in await list_stores(connection)}
            if place.code not in known:
                now = SystemClock().wall()
                await add_store(connection, place.code, name=place.name, now=now)
            enrolment = await enrol(connection, self.hq.key_store, place.code)
        keep(enrolment, place.state_dir)
