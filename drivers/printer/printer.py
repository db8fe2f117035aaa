"""A receipt printer that speaks ESC/POS, over any link."""

import asyncio

from agent.domain.printing.printout import Printout
from drivers.connection import Connection, Rest
from drivers.device import LinkedDevice
from drivers.errors import EndedError, LostError, NotReadyError, UnsureError
from drivers.ports import DeviceState, PrintResult
from drivers.printer.answering import Answering
from drivers.printer.blind import Blind
from drivers.printer.dialogue import Dialogue
from drivers.printer.manner import Manner
from drivers.printer.options import Patience, PrinterOptions
from drivers.printer.paper.encode import TO_PRINTER, encode, kick, kick_at_once, pass_on
from drivers.printer.paper.layout import lay_out
from drivers.transport.link import Link

_THERE = (DeviceState.CONNECTED, DeviceState.DEGRADED)


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
        shared: bool = False,
    ) -> None:
        """`shared`: other computers may print on it, and it is let go for them while it is idle."""
        super().__init__(name=name, address=address, connection=connection)
        self._options = options
        self._patience = patience or Patience()
        self._shared = shared
        self._manner = self._made_manner()
        self._dialogue: Dialogue | None = None
        self._reached = asyncio.Event()
        self._wanted = asyncio.Event()
        self._broke_off = False
        self._used_at = 0.0
        self._turn = asyncio.Lock()

    async def print(self, printout: Printout) -> PrintResult:
        """Print and cut; see ReceiptPrinter."""
        options = self._options
        laid = lay_out(printout, options.columns, options.encoding)
        pieces = encode(laid, encoding=options.encoding, columns=options.columns, qr=options.qr)
        async with self._turn:
            return await self._do(pieces)

    async def open(self) -> None:
        """Open the drawer; also without paper, and ahead of a job that takes long."""
        if self._manner.is_blocked or not await self._open_in_turn():
            await self._open_at_once()

    def cut_off_remains(self) -> None:
        """Something of a job may be left in it; see ReceiptPrinter."""
        self._manner.expect_remains()

    async def pass_on(self, data: bytes) -> None:
        """Hand bytes to the display behind it; see PassesOn."""
        async with self._turn:
            dialogue = await self._reach()
            if self._manner.is_blocked:
                raise NotReadyError(f"{self._name} can't print, and passes nothing on")
            self._manner.preamble = TO_PRINTER
            try:
                await dialogue.send(pass_on(data))
            except LostError as error:
                raise NotReadyError(f"{self._name} is not connected: {error.detail}") from error

    def _made_manner(self) -> Manner:
        if self._options.answers:
            return Answering(
                options=self._options,
                patience=self._patience,
                connection=self._connection,
                shared=self._shared,
            )
        ends = self._shared and self._options.closes
        return Blind(patience=self._patience, connection=self._connection, ends=ends)

    async def _open_in_turn(self) -> bool:
        """Open it as a job of its own; False, and nothing, while the printer can't do one now."""
        try:
            async with asyncio.timeout(self._patience.drawer):
                await self._turn.acquire()
        except TimeoutError:
            return False
        pulse_ms = self._options.drawer_pulse_ms
        try:
            await self._do([kick(pin, pulse_ms) for pin in self._options.drawer_pins])
        except NotReadyError:
            if self._manner.is_blocked:
                return False
            raise
        finally:
            self._turn.release()
        return True

    async def _open_at_once(self) -> None:
        """Open it ahead of whatever waits or is being printed; nothing can confirm that."""
        dialogue = self._dialogue
        if dialogue is None or dialogue.is_over or not self._manner.is_there:
            raise NotReadyError(f"{self._name} is busy: {self.status.detail or 'with a receipt'}")
        pulse_ms = self._options.drawer_pulse_ms
        first, *others = (kick_at_once(pin, pulse_ms) for pin in self._options.drawer_pins)
        try:
            await dialogue.send(first)
            for pulse in others:  # one that comes amid another is passed over
                await asyncio.sleep(2 * (pulse_ms + 100) / 1_000)
                await dialogue.send(pulse)
        except LostError as error:
            raise NotReadyError(f"{self._name} is not connected: {error.detail}") from error

    async def _do(self, pieces: list[bytes]) -> PrintResult:
        dialogue = await self._reach()
        try:
            await self._manner.prepare(dialogue)
        except LostError as error:
            raise NotReadyError(f"{self._name} is not connected: {error.detail}") from error
        except NotReadyError as error:
            raise NotReadyError(f"{self._name} {error}") from error
        self._connection.tell_losses()
        try:
            return await self._manner.carry_out(dialogue, pieces)
        except UnsureError:
            self._broke_off = True
            self._wanted.set()  # whether it is still there is looked at now
            raise
        finally:
            self._used_at = asyncio.get_running_loop().time()

    async def _reach(self) -> Dialogue:
        """The dialogue with the printer, which may have been let go; raise NotReadyError."""
        if self._shared and self.status.state in _THERE and self._is_away():
            self._wanted.set()
            try:
                async with asyncio.timeout(self._patience.busy):
                    while self._is_away():
                        self._reached.clear()
                        await self._reached.wait()
            except TimeoutError:
                pass  # told below
        if self._dialogue is None or self._is_away():
            detail = self.status.detail or "another computer may have it"
            raise NotReadyError(f"{self._name} is not connected: {detail}")
        return self._dialogue

    def _is_away(self) -> bool:
        return self._dialogue is None or self._dialogue.is_over

    async def _converse(self, link: Link) -> Rest:
        """Listen and look until the link is lost, or may be let go."""
        dialogue = self._dialogue = Dialogue(link, self._patience)
        self._wanted.clear()  # not later: the next job may come before this link is closed
        self._broke_off = False
        self._reached.set()
        try:
            return await self._side_by_side(listen=dialogue.listen(), watch=self._watch(dialogue))
        except EndedError:
            if not dialogue.is_over:
                self._manner.forget()
                raise
            return self._rest()
        except LostError:
            self._manner.forget()
            raise
        finally:
            self._dialogue = None

    async def _watch(self, dialogue: Dialogue) -> Rest:
        """Look at the printer whenever it is idle; a job looks by itself."""
        while True:
            async with self._turn:
                if not dialogue.is_over:
                    await self._manner.look(dialogue)
                if self._may_rest(dialogue):
                    self._dialogue = None
                    return self._rest()
            await asyncio.sleep(self._patience.poll)

    def _may_rest(self, dialogue: Dialogue) -> bool:
        idle = asyncio.get_running_loop().time() - self._used_at
        known = self.status.state in _THERE and idle >= self._patience.hold
        return dialogue.is_over or (self._shared and known)

    def _rest(self) -> Rest:
        return Rest(over=self._rest_over, patience_seconds=self._busy_seconds)

    def _busy_seconds(self) -> float:
        """No other computer is the reason when a job has just broken off."""
        return 0.0 if self._broke_off else self._patience.busy

    async def _rest_over(self) -> None:
        """Return when the printer is wanted, or to be looked at."""
        try:
            async with asyncio.timeout(self._patience.look):
                await self._wanted.wait()
        except TimeoutError:
            return
