"""A receipt printer that speaks ESC/POS, over any link."""

import asyncio
from collections.abc import Sequence
from typing import Never

from agent.domain.printout import Printout
from drivers.connection import Connection
from drivers.errors import LostError, NotReadyError
from drivers.ports import DeviceState, DeviceStatus, PrintResult
from drivers.printer.dialogue import Dialogue
from drivers.printer.encode import encode, kick
from drivers.printer.job import carry_out, send_blindly
from drivers.printer.layout import lay_out
from drivers.printer.options import Patience, PrinterOptions
from drivers.printer.status import Said
from drivers.printer.trouble import trouble_of
from drivers.transport.link import Link


class EscPosPrinter:
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
        self._name = name
        self._address = address
        self._options = options
        self._connection = connection
        self._patience = patience or Patience()
        self._dialogue: Dialogue | None = None
        self._turn = asyncio.Lock()

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
        """Keep it connected and look after its state until cancelled."""
        await self._connection.run(self._converse)

    async def print(self, printout: Printout) -> PrintResult:
        """Print and cut; see ReceiptPrinter."""
        columns, encoding = self._options.columns, self._options.encoding
        pieces = encode(lay_out(printout, columns), encoding=encoding, columns=columns)
        async with self._turn:
            return await self._do(pieces)

    async def open(self) -> None:
        """Open the drawer; not ready also while a job waits for paper, or takes long."""
        try:
            async with asyncio.timeout(self._patience.drawer):
                await self._turn.acquire()
        except TimeoutError:
            raise NotReadyError(f"{self._name} is busy with a receipt") from None
        try:
            await self._do([kick(self._options.drawer_pin)])
        finally:
            self._turn.release()

    async def _do(self, pieces: Sequence[bytes]) -> PrintResult:
        dialogue = await self._ready()
        if not self._options.answers:
            await send_blindly(dialogue, pieces, patience=self._patience)
            return PrintResult.SENT
        await carry_out(dialogue, pieces, patience=self._patience, tell=self._tell)
        return PrintResult.PRINTED

    async def _ready(self) -> Dialogue:
        """The dialogue with a printer that can take a job now; raise NotReadyError."""
        dialogue = self._dialogue
        if dialogue is None:
            raise NotReadyError(f"{self._name} is not connected: {self.status.detail}")
        if self._options.answers:
            said = await self._asked(dialogue)
            if said is None or said.blocked:
                raise NotReadyError(f"{self._name} can't print: {trouble_of(said).detail}")
        return dialogue

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
        tasks = {
            asyncio.create_task(dialogue.listen(), name=f"{self._name}: listen"),
            asyncio.create_task(self._watch(dialogue), name=f"{self._name}: watch"),
        }
        try:
            ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            raise ended.pop().exception() or AssertionError("a dialogue ends by exception only")
        finally:
            self._dialogue = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

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
        state, detail, remedy = trouble_of(said)
        level = self._options.drawer_open_level
        self._connection.report(
            state,
            faults=said.faults if said else (),
            drawer_open=said.drawer_open(level) if said else None,
            detail=detail,
            remedy=remedy,
        )
