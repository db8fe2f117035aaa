"""A scanner that sends bytes: on a serial line, on the network, or as key presses of a keyboard."""

import asyncio
import time
from collections.abc import Callable
from typing import Never

from agent.base.clock import SECOND_MS
from agent.domain.coupons.codes import DAMAGED
from drivers.connection import Connection
from drivers.device import LinkedDevice
from drivers.ports import DeviceState, ScanListener, Scanned
from drivers.scanner.framing import MAX_FRAME_BYTES, Framing
from drivers.scanner.options import ScannerOptions
from drivers.transport.link import Link

Decode = Callable[[bytes], bytes]
"""Text from what the device sends; made anew for each connection, so it may hold a state."""


class StreamScanner(LinkedDevice):
    """Implements drivers.ports.Scanner over a Connection."""

    def __init__(
        self,
        *,
        name: str,
        address: str,
        options: ScannerOptions,
        connection: Connection,
        on_scan: ScanListener,
        make_decode: Callable[[], Decode],
    ) -> None:
        super().__init__(name=name, address=address, connection=connection)
        self._options = options
        self._on_scan = on_scan
        self._make_decode = make_decode

    async def _converse(self, link: Link) -> Never:
        """Pass on each code; a half code dies with its link."""
        framing, decode = Framing(self._options), self._make_decode()
        self._connection.report(DeviceState.CONNECTED)
        while True:
            data = await self._read(link, unfinished=framing.unfinished)
            noise_runs = framing.noise_runs
            codes = framing.feed(decode(data)) if data else framing.end()
            if framing.noise_runs > noise_runs:
                self._tell_noise()
            elif codes:
                self._tell_read(codes[-1])
            self._pass_on(codes)

    async def _read(self, link: Link, *, unfinished: bool) -> bytes:
        """What comes next; nothing when an unfinished code has waited for it long enough."""
        idle_ms = self._options.idle_ms if unfinished else 0
        try:
            async with asyncio.timeout(idle_ms / SECOND_MS if idle_ms else None):
                return await link.read()
        except TimeoutError:
            return b""

    def _pass_on(self, codes: list[str]) -> None:
        at_ns = time.monotonic_ns()
        for code in codes:
            self._on_scan(Scanned(code=code, scanner=self._name, at_ns=at_ns))

    def _tell_read(self, code: str) -> None:
        """A damaged code is passed on all the same: whoever scanned it is told to do it again."""
        if DAMAGED not in code:
            self._connection.report(DeviceState.CONNECTED)
            return
        self._connection.report(
            DeviceState.DEGRADED,
            detail="it sent a code of which a part is damaged, or can be read in two ways",
            remedy="Scan it again; if it stays so: sudo store-agent devices calibrate",
        )

    def _tell_noise(self) -> None:
        self._connection.report(
            DeviceState.DEGRADED,
            detail=f"it sent more than {MAX_FRAME_BYTES} bytes without an end of code",
            remedy="Set it to end each code with Enter (scan 'add CR suffix' in its handbook), "
            "look at the baud rate, or set [scanner] suffix",
        )
