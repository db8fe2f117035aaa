"""Dealing with a printer that only listens: what it got is all that can be known."""

from collections.abc import Sequence

from drivers.connection import Connection
from drivers.ports import DeviceState, PrintResult
from drivers.printer.clearing import tear_off
from drivers.printer.dialogue import Dialogue
from drivers.printer.job import send_blindly
from drivers.printer.options import Patience
from drivers.printer.trouble import NOT_READING

FOUND = "it is not asked for anything (printer.answers = false, or a file)"


class Blind:
    """Implements drivers.printer.manner.Manner."""

    is_blocked = False
    is_there = True

    def __init__(self, *, patience: Patience, connection: Connection, ends: bool) -> None:
        """`ends`: it closes a connection when it has read everything, which proves that it has."""
        self.preamble = b""
        self._patience = patience
        self._connection = connection
        self._ends = ends
        self._remains = False

    def forget(self) -> None:
        """Nothing is known of it."""

    def expect_remains(self) -> None:
        """Something of a job may be left in it."""
        self._remains = True

    async def look(self, dialogue: Dialogue) -> None:
        """Report whether it is there and reads; raise LostError."""
        if self._ends and not await dialogue.ended(self._patience.reply):
            state, detail, remedy = NOT_READING
            self._connection.report(state, detail=detail, remedy=remedy, found=FOUND)
        else:
            self._connection.report(DeviceState.CONNECTED, found=FOUND)

    async def prepare(self, dialogue: Dialogue) -> None:
        """Free it of what is left in it, if anything is; raise LostError."""
        if self._remains:
            await dialogue.send(self.preamble)
            await tear_off(dialogue, self._patience)
            self._remains = False

    async def carry_out(self, dialogue: Dialogue, pieces: Sequence[bytes]) -> PrintResult:
        """Send a job, and see that it was taken; raise UnsureError."""
        try:
            return await send_blindly(
                dialogue, [self.preamble, *pieces], patience=self._patience, until_ended=self._ends
            )
        except BaseException:
            self._remains = True
            raise
