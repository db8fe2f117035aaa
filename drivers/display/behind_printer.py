"""A display that hangs on the receipt printer: what is written to it goes through the printer.

ESC = of "ESC/POS Command Reference for TM Printers" selects who obeys what follows: 1 the printer,
2 the display. The printer's driver puts it around.
"""

import asyncio

from drivers.errors import LostError, NotReadyError
from drivers.ports import PassesOn
from drivers.transport.link import Link


class PassedOnLink(Link):
    """A link without a descriptor of its own; lost when the printer passes nothing on."""

    def __init__(self, printer: PassesOn) -> None:
        self._printer = printer
        self._end = asyncio.Event()

    async def read(self) -> bytes:
        """Return never: a display says nothing. Raise LostError when the link is closed."""
        await self._end.wait()
        raise LostError("the display's link is closed")

    async def write(self, data: bytes) -> None:
        """Pass `data` on whole."""
        try:
            await self._printer.pass_on(data)
        except NotReadyError as error:
            raise LostError(
                f"it hangs on the printer, and {error}", "Look at the printer: store-agent devices"
            ) from error

    async def close(self) -> None:
        """End whoever reads."""
        self._end.set()
