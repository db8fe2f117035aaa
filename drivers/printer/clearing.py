"""Freeing a printer of what broke off: it stays amid it as long as it has power.

Whoever sent half of a QR code, or half a line, may be gone; the printer takes what comes next for
the rest of it.
"""

import asyncio

from drivers.errors import LostError
from drivers.printer.dialogue import Dialogue
from drivers.printer.options import Patience
from drivers.printer.paper.encode import CUT, LF, NO_UNASKED_STATUS
from drivers.printer.paper.qr_code import QR_MAX_BYTES

FILLING = bytes(QR_MAX_BYTES + 128)
"""Ends the longest command that a driver of ours sends, whatever was left out of it. NUL is no
command of ESC/POS: what is too much of it is passed over."""
PART_BYTES = 128
"""Of the filling, sent at a time, so that a question never waits long behind it."""


async def is_clear(dialogue: Dialogue, patience: Patience, *, seconds: float) -> bool:
    """Whether the printer works off commands in their turn, GS r being one; raise LostError.

    One that is amid a command takes it for its data: that is ended then, and the printer is asked
    again and given `seconds` for what it may still have to print.
    """
    if await _answers(dialogue, patience.reply):
        return True
    await _fill(dialogue, patience)
    return await _answers(dialogue, seconds)


async def tear_off(dialogue: Dialogue, patience: Patience) -> None:
    """End a command and a line that broke off, and cut off what is on paper; raise LostError."""
    await _fill(dialogue, patience)
    await dialogue.send(LF + CUT)


async def _fill(dialogue: Dialogue, patience: Patience) -> None:
    for start in range(0, len(FILLING), PART_BYTES):
        await dialogue.send(FILLING[start : start + PART_BYTES])
        try:
            async with asyncio.timeout(patience.reply):
                await dialogue.taken()
        except TimeoutError:
            raise LostError("it takes nothing", "Switch it off and on") from None


async def _answers(dialogue: Dialogue, seconds: float) -> bool:
    await dialogue.send(NO_UNASKED_STATUS)
    await dialogue.ask_for_confirmation()
    return await dialogue.confirmed(seconds)
