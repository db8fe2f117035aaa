"""Customer displays that are written to over any link; they never answer."""

import asyncio
from typing import Never

from drivers.connection import Connection, Rest
from drivers.device import LinkedDevice
from drivers.display import cd5220, escpos, led8
from drivers.display.led8 import Led
from drivers.display.options import DisplayOptions
from drivers.ports import DeviceState, Figure
from drivers.transport.link import Link

REFRESH_S = 5.0
"""What is shown is sent again so often: one that was switched off and on is dark, and can't say."""
REFRESH_BY_PRINTER_S = 60.0
"""The same behind a printer: it has its power from there mostly, and other tills print, too."""


class WrittenDisplay(LinkedDevice):
    """Shows the last bytes that it was given, again after a re-connection and every few seconds."""

    def __init__(
        self,
        *,
        name: str,
        address: str,
        connection: Connection,
        start: bytes,
        blank: bytes,
        refresh_s: float | None = REFRESH_S,
    ) -> None:
        """`start` is sent to one that was just reached, `blank` until there is something to show.

        `refresh_s`: None for what keeps all that it is sent, such as a file.
        """
        super().__init__(name=name, address=address, connection=connection)
        self._start = start
        self._wanted = blank
        self._refresh_s = refresh_s
        self._news = asyncio.Event()

    def _want(self, data: bytes) -> None:
        self._wanted = data
        self._news.set()

    async def _converse(self, link: Link) -> Rest:
        """Write whenever there is something new; read only to hear that the link is lost."""
        return await self._side_by_side(listen=_listen(link), write=self._write(link))

    async def _write(self, link: Link) -> Never:
        await link.write(self._start)
        self._connection.report(DeviceState.CONNECTED)
        while True:
            self._news.clear()
            await link.write(self._wanted)
            await self._until_due()

    async def _until_due(self) -> None:
        """Return when there is something new to show, or the old to be shown again."""
        try:
            async with asyncio.timeout(self._refresh_s):
                await self._news.wait()
        except TimeoutError:
            return


class PoleDisplay(WrittenDisplay):
    """Implements drivers.ports.CustomerDisplay: two lines of text."""

    def __init__(
        self,
        *,
        name: str,
        address: str,
        options: DisplayOptions,
        connection: Connection,
        refresh_s: float | None = REFRESH_S,
    ) -> None:
        self._options = options
        self._compose = escpos.show if options.kind == "escpos" else cd5220.show
        super().__init__(
            name=name,
            address=address,
            connection=connection,
            start=escpos.START if options.kind == "escpos" else cd5220.START,
            blank=self._lines("", ""),
            refresh_s=refresh_s,
        )

    def show(self, upper: str, lower: str) -> None:
        """Show two lines, cut to the display's width; shown again after a re-connection."""
        self._want(self._lines(upper, lower))

    def _lines(self, upper: str, lower: str) -> bytes:
        columns, characters = self._options.columns, self._options.characters
        return self._compose(upper, lower, columns=columns, characters=characters)


class EightDigits(WrittenDisplay):
    """Implements drivers.ports.FigureDisplay: one figure, and a lamp that says of what."""

    def __init__(
        self,
        *,
        name: str,
        address: str,
        led: Led,
        connection: Connection,
        refresh_s: float | None = REFRESH_S,
    ) -> None:
        self._led = led
        super().__init__(
            name=name,
            address=address,
            connection=connection,
            start=led8.START,
            blank=led8.show(Figure(), led),
            refresh_s=refresh_s,
        )

    def show_figure(self, figure: Figure) -> None:
        """Show a figure, or nothing; shown again after a re-connection."""
        self._want(led8.show(figure, self._led))


async def _listen(link: Link) -> Never:
    while True:
        await link.read()
