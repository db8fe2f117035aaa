"""Questions to a printer and its answers, over one open link."""

import asyncio
from collections.abc import Sequence
from typing import Never

from drivers.errors import EndedError, LostError
from drivers.printer.options import Patience
from drivers.printer.status import (
    CONFIRM,
    Ask,
    Said,
    decode,
    is_answer,
    is_confirmation,
    request,
)
from drivers.transport.link import Link

MAX_QUIET_LOOKS = 20
"""A printer that talks on and on without being asked is no better understood by waiting."""
MAX_SYNC_TRIES = 3


class Dialogue:
    """Sorts what a printer says while one caller at a time sends, asks and waits.

    An answer does not tell to which question it belongs. So at the beginning, and after each answer
    that did not come, what is under way is let pass: in step is only who got one answer to one
    question, and silence after it.
    """

    def __init__(self, link: Link, patience: Patience) -> None:
        self._link = link
        self._patience = patience
        self._sending = asyncio.Lock()
        self._answer: asyncio.Future[int] | None = None
        self._in_step = False
        self._heard = 0
        """Bytes so far."""
        self._confirmed = asyncio.Event()
        self._lost: LostError | None = None
        self._is_over = False
        self._ended = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be sent, because we said so."""
        return self._is_over

    async def listen(self) -> Never:
        """Take in what the printer says until the link is lost; raise LostError."""
        try:
            while True:
                for byte in await self._link.read():
                    self._hear(byte)
        except LostError as error:
            self._lost = error
            if self._answer and not self._answer.done():
                self._answer.set_exception(error)
            self._confirmed.set()
            self._ended.set()
            raise

    async def ask(self, asks: Sequence[Ask] = tuple(Ask)) -> Said | None:
        """Return what the printer says to all of these; None if an answer does not come.

        Raise LostError.
        """
        if not self._in_step and not await self.get_in_step():
            return None
        answers = {}
        for ask in asks:
            answer = await self.answer_to(ask)
            if answer is None:
                return None
            answers[ask] = answer
        return decode(answers)

    async def get_in_step(self) -> bool:
        """Let pass what is still under way; return whether the printer answers. Raise LostError."""
        for _ in range(MAX_SYNC_TRIES):
            await self._quiet()
            if await self.answer_to(Ask.PRINTER) is None:
                return False
            if not await self._quiet():
                self._in_step = True
                return True
        return False

    async def answer_to(self, ask: Ask, seconds: float | None = None) -> int | None:
        """Ask one question, without getting in step before; None: no answer. Raise LostError."""
        self._check()
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._answer = answer
        try:
            async with asyncio.timeout(self._patience.reply if seconds is None else seconds):
                await self.send(request(ask))
                return await answer
        except TimeoutError:
            return None
        finally:
            self._answer = None
            if not answer.done() or answer.cancelled():
                self._in_step = False

    async def send(self, data: bytes) -> None:
        """Hand `data` to the system in one piece; waits while the printer takes nothing.

        Raise LostError.
        """
        self._check()
        async with self._sending:
            await self._link.write(data)

    async def ask_for_confirmation(self) -> None:
        """Send GS r 1; only what is answered from now on confirms it. Raise LostError."""
        self._confirmed.clear()
        await self.send(CONFIRM)

    async def confirmed(self, seconds: float) -> bool:
        """Wait so long for the confirmation; return whether it came. Raise LostError."""
        if not await _is_set(self._confirmed, seconds):
            return False
        self._check()
        return True

    async def taken(self) -> None:
        """Return when the printer's side has got all that was sent; raise LostError."""
        await self._link.taken()
        self._check()

    async def ended(self, seconds: float) -> bool:
        """Say that nothing more comes, and wait so long; return whether it ended it, too.

        Then it has read everything. Raise LostError if it broke the connection off.
        """
        self._is_over = True
        self._link.end()
        if not await _is_set(self._ended, seconds):
            return False
        if self._lost and not isinstance(self._lost, EndedError):
            raise self._lost
        return True

    async def close(self) -> None:
        """Close the link."""
        await self._link.close()

    async def _quiet(self) -> bool:
        """Return when nothing more comes; whether something came that nobody asked for."""
        before = self._heard
        for _ in range(MAX_QUIET_LOOKS):
            heard = self._heard
            await asyncio.sleep(self._patience.quiet)
            self._check()
            if heard == self._heard:
                break
        return self._heard != before

    def _hear(self, byte: int) -> None:
        self._heard += 1
        if is_answer(byte):
            if self._answer and not self._answer.done():
                self._answer.set_result(byte)
        elif is_confirmation(byte):
            self._confirmed.set()

    def _check(self) -> None:
        if self._lost:
            raise self._lost


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    """Whether it is set within so long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
