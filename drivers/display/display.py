"""A customer display that is written to over any link; it never answers."""

import asyncio
from typing import Never

from msgspec import Struct

from drivers.connection import Connection
from drivers.device import LinkedDevice
from drivers.display.cd5220 import START, Characters, show
from drivers.ports import DeviceState
from drivers.transport.link import Link

MIN_COLUMNS = 16
MAX_COLUMNS = 40


class DisplayOptions(Struct, frozen=True, kw_only=True):
    """How wide a display is, and what it can show."""

    columns: int = 20
    characters: Characters = "gb18030"
    """ascii: for displays without Chinese characters."""

    def __post_init__(self) -> None:
        if not MIN_COLUMNS <= self.columns <= MAX_COLUMNS:
            raise ValueError(f"columns is from {MIN_COLUMNS} to {MAX_COLUMNS}")


class PoleDisplay(LinkedDevice):
    """Implements drivers.ports.CustomerDisplay over a Connection."""

    def __init__(
        self, *, name: str, address: str, options: DisplayOptions, connection: Connection
    ) -> None:
        super().__init__(name=name, address=address, connection=connection)
        self._options = options
        self._wanted: tuple[str, str] = ("", "")
        self._news = asyncio.Event()

    def show(self, upper: str, lower: str) -> None:
        """Show two lines, cut to the display's width; shown again after a re-connection."""
        self._wanted = (upper, lower)
        self._news.set()

    async def _converse(self, link: Link) -> Never:
        """Write whenever there is something new; read only to hear that the link is lost."""
        await self._side_by_side(listen=_listen(link), write=self._write(link))

    async def _write(self, link: Link) -> Never:
        self._connection.report(DeviceState.CONNECTED)
        await link.write(START)
        while True:
            self._news.clear()
            upper, lower = self._wanted
            await link.write(
                show(
                    upper,
                    lower,
                    columns=self._options.columns,
                    characters=self._options.characters,
                )
            )
            await self._news.wait()


async def _listen(link: Link) -> Never:
    while True:
        await link.read()
