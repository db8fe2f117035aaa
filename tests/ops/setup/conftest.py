"""A head office with a store that was added to it, a printer, and a PC without any settings."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.base.clock import HOUR_MS, Millis, SystemClock
from drivers.virtual.ports import TcpPort
from drivers.virtual.printer_device import VirtualPrinter
from sync.hq.enrolment import make_code
from sync.hq.stores import add_store
from tests.hq.conftest import hq, hq_dsn, hq_template, keys_dir  # noqa: F401  # fixtures
from tests.hq.head_office import HeadOffice

SHIPPED = Path(__file__).parents[3] / "config/agent.toml"
NAME = "徐家汇店"


@dataclass(frozen=True, kw_only=True)
class Place:
    """What somebody who sets the store up was told."""

    url: str
    code: str
    """Of the store MB001."""


@pytest.fixture
async def place(hq: HeadOffice) -> Place:  # noqa: F811  # the fixture
    hq.clock.now = SystemClock().wall()
    now = hq.clock.wall()
    await add_store(hq.db, "MB001", name=NAME, now=now)
    until = Millis(now + HOUR_MS)
    code = await make_code(hq.db, hq.key_store, "MB001", now=now, until=until)
    return Place(url=hq.url, code=str(code))


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
    config = directory / "agent.toml"
    shipped = SHIPPED.read_text()
    config.write_text(shipped.replace("/var/lib/store-agent", str(tmp_path / "state")))
    return config


def written(config: Path) -> list[Path]:
    """Return what was made beside the settings."""
    made = [path for path in config.parent.iterdir() if path != config]
    return [*made, *config.parent.with_name("state").glob("*")]
