"""Hears what a device tells, and waits until it has told enough."""

import asyncio
from collections.abc import Callable

from drivers.ports import DeviceState, DeviceStatus, Scanned

PATIENCE_SECONDS = 20
"""Nothing takes so long, on however busy a machine."""


class Witness:
    """Everything that one device told, in order."""

    def __init__(self) -> None:
        self.scans: list[Scanned] = []
        self.statuses: list[DeviceStatus] = []
        self._told = asyncio.Event()

    @property
    def codes(self) -> list[str]:
        """The codes scanned so far."""
        return [scan.code for scan in self.scans]

    @property
    def states(self) -> list[DeviceState]:
        """The states told so far, each run of the same once."""
        states = [status.state for status in self.statuses]
        return [
            state for before, state in zip([None, *states], states, strict=False) if state != before
        ]

    def on_scan(self, scan: Scanned) -> None:
        """Take in a scan."""
        self.scans.append(scan)
        self._told.set()

    def on_status(self, status: DeviceStatus) -> None:
        """Take in a status."""
        self.statuses.append(status)
        self._told.set()

    async def count(self, scans: int) -> list[str]:
        """Return the codes when there are so many."""
        await self.until(lambda: len(self.scans) >= scans)
        return self.codes

    async def state(self, state: DeviceState) -> DeviceStatus:
        """Return when the last status told is that one."""
        await self.until(lambda: bool(self.statuses) and self.statuses[-1].state is state)
        return self.statuses[-1]

    async def until(self, enough: Callable[[], bool]) -> None:
        """Return as soon as what was told is enough."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not enough():
                self._told.clear()
                await self._told.wait()
