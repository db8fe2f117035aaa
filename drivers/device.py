"""A device that is served over a Connection: what our own scanners, printers and displays share."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine

from drivers.connection import Connection, Rest
from drivers.ports import DeviceStatus
from drivers.transport.link import Link


class LinkedDevice(ABC):
    """Implements drivers.ports.Device; a kind of device says how it converses over its link."""

    def __init__(self, *, name: str, address: str, connection: Connection) -> None:
        self._name = name
        self._address = address
        self._connection = connection

    @property
    def name(self) -> str:
        """Its name in the settings and on the screen."""
        return self._name

    @property
    def address(self) -> str:
        """Where it is, as in the settings."""
        return self._address

    @property
    def status(self) -> DeviceStatus:
        """How it stands now."""
        return self._connection.status

    async def run(self) -> None:
        """Keep it connected and serve it until cancelled."""
        await self._connection.run(self._converse)

    @abstractmethod
    async def _converse(self, link: Link) -> Rest:
        """Serve an open link; see drivers.connection.Converse."""

    async def _side_by_side(self, **parts: Coroutine[object, object, Rest]) -> Rest:
        """Run the parts of a conversation until one ends; return what it does, or raise that."""
        tasks = [
            asyncio.create_task(part, name=f"{self._name}: {what}") for what, part in parts.items()
        ]
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return ended.pop().result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
