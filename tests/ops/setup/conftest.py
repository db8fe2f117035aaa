"""A head office with a store that was added to it, a printer, and a PC without any settings."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.base.clock import SystemClock
from drivers.virtual.ports import TcpPort
from drivers.virtual.printer_device import VirtualPrinter
from sync.hq.stores import add_store
from sync.hq.trust.keys import root_public_key
from tests.hq.conftest import hq, hq_dsn, hq_template, keys_dir  # noqa: F401  # fixtures
from tests.hq.head_office import HeadOffice

SHIPPED = Path(__file__).parents[3] / "config/agent.toml"
NAME = "徐家汇店"


@dataclass(frozen=True, kw_only=True)
class Place:
    """What somebody who sets the store up was told."""

    url: str
    root_key: str
    key: str
    other_key: str
    """Of another store."""


@pytest.fixture
async def place(hq: HeadOffice) -> Place:  # noqa: F811  # the fixture
    hq.clock.now = SystemClock().wall()
    key = await add_store(hq.db, "MB001", name=NAME, now=hq.clock.wall())
    other_key = await add_store(hq.db, "MB002", now=hq.clock.wall())
    return Place(url=hq.url, root_key=root_public_key(hq.key_store), key=key, other_key=other_key)


@pytest.fixture
async def printer() -> AsyncIterator[tuple[VirtualPrinter, str]]:
    """A printer on the network, and its address."""
    async with VirtualPrinter(clock=SystemClock()).running() as device:
        port = TcpPort(device)
        await device.attach(port)
        yield device, port.address


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The settings as the package brings them, and nothing beside."""
    directory = tmp_path / "etc"
    directory.mkdir()
    return Path(shutil.copy(SHIPPED, directory / "agent.toml"))


def written(config: Path) -> list[Path]:
    """Return what was made beside the settings."""
    return [path for path in config.parent.iterdir() if path != config]
