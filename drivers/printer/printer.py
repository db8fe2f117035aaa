"""A receipt printer that speaks ESC/POS, over any link."""

import asyncio
from collections.abc import Sequence
from typing import Never

from agent.domain.printing.printout import Printout
from drivers.connection import Connection
from drivers.device import LinkedDevice
from drivers.errors import LostError, NotReadyError
from drivers.ports import DeviceState, PrintResult
from drivers.printer.dialogue import Dialogue
from drivers.printer.encode import TO_PRINTER, encode, kick, kick_at_once, pass_on
from drivers.printer.job import carry_out, send_blindly
from drivers.printer.layout import lay_out
from drivers.printer.options import Patience, PrinterOptions
from drivers.printer.status import Said
from drivers.printer.trouble import trouble_of
from drivers.transport.link import Link


class EscPosPrinter(LinkedDevice):
    """Implements drivers.ports.ReceiptPrinter over a Connection; jobs and the drawer take turns."""

    def __init__(
        self,
        *,
        name: str,
        address: str,
        options: PrinterOptions,
        connection: Connection,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(name=name, address=address, connection=connection)
        self._options = options
        self._patience = patience or Patience()
        self._dialogue: Dialogue | None = None
        self._blocked = False
        """Whether it said last that it can't print."""
        self._passed_on = False
        """Whether a display hangs on it, which a broken connection may have left selected."""
        self._turn = asyncio.Lock()

    async def print(self, printout: Printout) -> PrintResult:
        """Print and cut; see ReceiptPrinter."""
        columns, encoding = self._options.columns, self._options.encoding
        pieces = encode(lay_out(printout, columns, encoding), encoding=encoding, columns=columns)
        async with self._turn:
            return await self._do(pieces)

    async def open(self) -> None:
        """Open the drawer; also without paper. Not ready while a job takes long."""
        if self._blocked or not await self._open_in_turn():
            await self._open_at_once()

    async def pass_on(self, data: bytes) -> None:
        """Hand bytes to the display behind it; see PassesOn."""
        async with self._turn:
            dialogue = self._connected()
            if self._blocked:
                raise NotReadyError(f"{self._name} can't print, and passes nothing on")
            self._passed_on = True
            try:
                await dialogue.send(pass_on(data))
            except LostError as error:
                raise NotReadyError(f"{self._name} is not connected: {error.detail}") from error

    async def _open_in_turn(self) -> bool:
        """Open it as a job of its own; False, and nothing, while the printer can't print."""
        try:
            async with asyncio.timeout(self._patience.drawer):
                await self._turn.acquire()
        except TimeoutError:
            if self._blocked:
                return False
            raise NotReadyError(f"{self._name} is busy with a receipt") from None
        try:
            await self._do([kick(self._options.drawer_pin)])
        except NotReadyError:
            if self._blocked:
                return False
            raise
        finally:
            self._turn.release()
        return True

    async def _open_at_once(self) -> None:
        """Open it ahead of whatever waits for paper; nothing can confirm that."""
        dialogue = self._connected()
        try:
            await dialogue.send(kick_at_once(self._options.drawer_pin))
        except LostError as error:
            raise NotReadyError(f"{self._name} is not connected: {error.detail}") from error

    async def _do(self, pieces: Sequence[bytes]) -> PrintResult:
        dialogue = await self._ready()
        if self._passed_on:
            pieces = [TO_PRINTER, *pieces]
        if not self._options.answers:
            await send_blindly(dialogue, pieces, patience=self._patience)
            return PrintResult.SENT
        await carry_out(dialogue, pieces, patience=self._patience, tell=self._tell)
        return PrintResult.PRINTED

    async def _ready(self) -> Dialogue:
        """The dialogue with a printer that can take a job now; raise NotReadyError."""
        dialogue = self._connected()
        if self._options.answers:
            said = await self._asked(dialogue)
            if said is None or said.blocked:
                raise NotReadyError(f"{self._name} can't print: {trouble_of(said).detail}")
        return dialogue

    def _connected(self) -> Dialogue:
        if self._dialogue is None:
            raise NotReadyError(f"{self._name} is not connected: {self.status.detail}")
        return self._dialogue

    async def _asked(self, dialogue: Dialogue) -> Said | None:
        try:
            said = await dialogue.ask()
        except LostError as error:
            raise NotReadyError(f"{self._name} is not connected: {error.detail}") from error
        self._tell(said)
        return said

    async def _converse(self, link: Link) -> Never:
        """Listen and look until the link is lost."""
        dialogue = self._dialogue = Dialogue(link, self._patience.reply)
        try:
            await self._side_by_side(listen=dialogue.listen(), watch=self._watch(dialogue))
        finally:
            self._dialogue = None

    async def _watch(self, dialogue: Dialogue) -> Never:
        """Look at the printer whenever it is idle; a job looks by itself."""
        while True:
            async with self._turn:
                if self._options.answers:
                    self._tell(await dialogue.ask())
                else:
                    self._connection.report(DeviceState.CONNECTED)
            await asyncio.sleep(self._patience.poll)

    def _tell(self, said: Said | None) -> None:
        self._blocked = said is not None and said.blocked
        state, detail, remedy = trouble_of(said)
        level = self._options.drawer_open_level
        self._connection.report(
            state,
            faults=said.faults if said else (),
            drawer_open=said.drawer_open(level) if said else None,
            detail=detail,
            remedy=remedy,
        )
