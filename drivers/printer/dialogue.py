"""Questions to a printer and its answers, over one open link."""

import asyncio
from typing import Never

from drivers.errors import LostError
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


class Dialogue:
    """Sorts what a printer says while one caller at a time sends, asks and waits."""

    def __init__(self, link: Link, reply_seconds: float) -> None:
        self._link = link
        self._reply_seconds = reply_seconds
        self._sending = asyncio.Lock()
        self._answer: asyncio.Future[int] | None = None
        self._owed = 0
        """Answers to questions that were given up: they may still come, before the next one's."""
        self._late = False
        """Whether one of them came while the last question waited."""
        self._confirmed = asyncio.Event()
        self._lost: LostError | None = None

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
            raise

    async def ask(self) -> Said | None:
        """Return how the printer stands; None if one answer did not come. Raise LostError."""
        answers = []
        for ask in Ask:
            answer = await self._answer_to(ask)
            if answer is None:
                return None
            answers.append(answer)
        return decode(answers)

    async def send(self, data: bytes) -> None:
        """Hand `data` to the system in one piece; waits while the printer takes nothing.

        Raise LostError.
        """
        async with self._sending:
            await self._link.write(data)

    async def ask_for_confirmation(self) -> None:
        """Send GS r 1; only what is answered from now on confirms it. Raise LostError."""
        self._confirmed.clear()
        await self.send(CONFIRM)

    async def confirmed(self, seconds: float) -> bool:
        """Wait so long for the confirmation; return whether it came. Raise LostError."""
        try:
            async with asyncio.timeout(seconds):
                await self._confirmed.wait()
        except TimeoutError:
            return False
        self._check()
        return True

    async def close(self) -> None:
        """Close the link."""
        await self._link.close()

    async def _answer_to(self, ask: Ask) -> int | None:
        self._check()
        self._late = False
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._answer = answer
        try:
            async with asyncio.timeout(self._reply_seconds):
                await self.send(request(ask))
                return await answer
        except TimeoutError:
            return None
        finally:
            self._answer = None
            if not answer.done() or answer.cancelled():
                self._give_up()

    def _give_up(self) -> None:
        """Expect the answer later, unless a late one came: it was this one's, the rest is lost."""
        self._owed = 0 if self._late else self._owed + 1

    def _hear(self, byte: int) -> None:
        if is_answer(byte):
            if self._owed:
                self._owed, self._late = self._owed - 1, True
            elif self._answer and not self._answer.done():
                self._answer.set_result(byte)
        elif is_confirmation(byte):
            self._confirmed.set()

    def _check(self) -> None:
        if self._lost:
            raise self._lost
