"""Dealing with a printer that answers: how it stands, what it can tell, and proof of each job."""

import asyncio
from collections.abc import Sequence

from msgspec.structs import replace

from drivers.connection import Connection
from drivers.errors import NotReadyError
from drivers.ports import PrintResult
from drivers.printer.abilities import NOTHING_KNOWN, find_out
from drivers.printer.clearing import is_clear, tear_off
from drivers.printer.dialogue import Dialogue
from drivers.printer.job import carry_out
from drivers.printer.options import Patience, PrinterOptions
from drivers.printer.status import Ask, Said
from drivers.printer.trouble import trouble_of


class Answering:
    """Implements drivers.printer.manner.Manner."""

    def __init__(
        self,
        *,
        options: PrinterOptions,
        patience: Patience,
        connection: Connection,
        shared: bool,
    ) -> None:
        """`shared`: another computer may have it, and it is silent meanwhile."""
        self._options = options
        self._patience = patience
        self._connection = connection
        self._busy = patience.busy if shared else 0.0
        self.preamble = b""
        self._abilities = NOTHING_KNOWN
        self._met: Dialogue | None = None
        """Over which it was found to work off what it gets."""
        self._remains = False
        self._silent_since: float | None = None
        self._blocked = False
        self._there = False

    @property
    def is_there(self) -> bool:
        """Whether it answered the last time."""
        return self._there

    @property
    def is_blocked(self) -> bool:
        """Whether it said last that it can't print."""
        return self._blocked

    def forget(self) -> None:
        """It may be another printer, or one switched on anew, when it is back."""
        self._abilities, self._there = NOTHING_KNOWN, False

    def expect_remains(self) -> None:
        """Something of a job may be left in it."""
        self._remains = True

    async def look(self, dialogue: Dialogue) -> None:
        """Report how it stands, and find out what it can; raise LostError."""
        said = await self._asked(dialogue)
        if said and not said.blocked:
            await self._works_off(dialogue)
        if said or not self._may_be_busy():
            self._tell(said)

    async def prepare(self, dialogue: Dialogue) -> None:
        """Return when it can take a job; raise NotReadyError if it can't, or LostError."""
        said = await self._asked(dialogue)
        while said is None and self._may_be_busy():
            said = await self._asked(dialogue)
        self._tell(said)
        if said is None or said.blocked:
            raise NotReadyError(f"can't print: {trouble_of(said).detail}")
        if not await self._works_off(dialogue):
            raise NotReadyError("says that all is well, and works nothing off")

    async def carry_out(self, dialogue: Dialogue, pieces: Sequence[bytes]) -> PrintResult:
        """Send a job to the printer that was prepared; raise UnsureError."""
        try:
            return await carry_out(
                dialogue,
                [self.preamble, *pieces],
                abilities=self._abilities,
                patience=self._patience,
                tell=self._tell,
            )
        except BaseException:
            self._remains = True
            raise

    async def _asked(self, dialogue: Dialogue) -> Said | None:
        said = await dialogue.ask(self._abilities.asks or (Ask.PRINTER,))
        self._there = said is not None
        if said and not self._abilities.asks:
            self._abilities = await find_out(dialogue, self._patience)
            said = await dialogue.ask(self._abilities.asks)
        if said:
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = _now()
        return said

    def _may_be_busy(self) -> bool:
        """Whether it has been silent for so short that it may be printing for another computer."""
        return (
            bool(self._abilities.asks)
            and self._silent_since is not None
            and _now() - self._silent_since < self._busy
        )

    async def _works_off(self, dialogue: Dialogue) -> bool:
        """Whether it works off what it gets, amid nothing of old; looked at once for each link."""
        if self.preamble and (self._remains or self._met is not dialogue):
            await dialogue.send(self.preamble)
        if self._remains:
            await tear_off(dialogue, self._patience)
            self._remains = False
        if self._met is not dialogue:
            if not await self._confirms(dialogue):
                return False
            self._met = dialogue
        return True

    async def _confirms(self, dialogue: Dialogue) -> bool:
        """Whether it confirms, or is known never to; finds out which the first time."""
        known = self._abilities.confirms
        if known is False:
            return True
        seconds = self._patience.confirmation if known else self._patience.reply
        confirms = await is_clear(dialogue, self._patience, seconds=seconds)
        lost_it = known is True and not confirms
        self._abilities = replace(self._abilities, confirms=None if lost_it else confirms)
        return not lost_it

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
            found=self._abilities.words,
        )


def _now() -> float:
    return asyncio.get_running_loop().time()
