"""The cash drawer: opened at once or not at all, never queued; its failure is told, not raised."""

import asyncio

from agent.base.logging import get_logger
from agent.services.desk.news import Item, News, Topic
from drivers.errors import DeviceError, NotReadyError
from drivers.ports import CashDrawer

OPEN_TIMEOUT_S = 3.0
"""A drawer that opens later than this opens when nobody stands before it."""

log = get_logger(__name__)


class Drawer:
    """Opens the drawer that hangs on the receipt printer."""

    def __init__(self, device: CashDrawer | None, *, news: News) -> None:
        """`device` None: there is no printer, or it is not this desk's to open."""
        self._device = device
        self._news = news
        self._opening: set[asyncio.Task[str]] = set()
        self.trouble = ""
        """Why it did not open the last time; empty when it did."""

    def open_soon(self, till: str | None) -> None:
        """Open it, without waiting for it; `till` asks, None: nobody's page."""
        task = asyncio.create_task(self.open(till), name="open the drawer")
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def open(self, till: str | None) -> str:
        """Open it; return why it did not open, empty when it did."""
        before, self.trouble = self.trouble, await self._try()
        if self.trouble and not before:
            log.warning("drawer_not_opened", till=till, why=self.trouble)
        if self.trouble or before:
            self._news.publish(Item(topic=Topic.DEVICES, till=till))
        return self.trouble

    async def stop(self) -> None:
        """Let go of what is under way."""
        for task in self._opening:
            task.cancel()
        await asyncio.gather(*self._opening, return_exceptions=True)

    async def _try(self) -> str:
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                if self._device is None:
                    raise NotReadyError("there is no printer that it hangs on")
                await self._device.open()
        except DeviceError as error:
            return str(error)
        except TimeoutError:
            return f"the printer did not take the pulse within {OPEN_TIMEOUT_S:.0f} s"
        return ""
