"""A customer display that is written to over any link; it never answers."""

import asyncio
from typing import Never

from drivers.connection import Connection
from drivers.device import LinkedDevice
from drivers.display.cd5220 import START, show
from drivers.display.options import DisplayOptions
from drivers.ports import DeviceState
from drivers.transport.link import Link


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
