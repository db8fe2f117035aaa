"""One job of a printer, from its first byte to the proof that it was done."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence

from drivers.errors import LostError, UnsureError
from drivers.ports import PrintResult
from drivers.printer.abilities import Abilities
from drivers.printer.dialogue import Dialogue
from drivers.printer.options import Patience
from drivers.printer.status import Said

SLICE_BYTES = 256
"""Sent between two looks at the printer, whose answer shows that it took what came before.

So never more than a slice waits in the line, and no answer waits long behind data (0.3 s at
9,600 baud)."""

NOT_READ = (
    "the printer's network part took it, and the printer did not say that it has read it: another "
    "computer may have it; of one that never closes a connection, set [printer] closes = false"
)

Tell = Callable[[Said | None], None]
"""Take in what the printer answered; None: nothing."""


async def carry_out(
    dialogue: Dialogue,
    pieces: Sequence[bytes],
    *,
    abilities: Abilities,
    patience: Patience,
    tell: Tell,
) -> PrintResult:
    """Send the pieces to a printer that answers; return when it has worked them off, if it says so.

    One that never confirms has taken them. Waits while it has no paper or its cover is open. Raise
    UnsureError when the link breaks, the printer falls silent, or it does not confirm though it
    can; the link is closed then, and after a cancellation, so that nothing of the job is left to
    mix with the next.
    """
    job = _Job(dialogue, abilities, patience, tell)
    return await _in_one_go(dialogue, job.run(pieces))


async def send_blindly(
    dialogue: Dialogue, pieces: Iterable[bytes], *, patience: Patience, until_ended: bool
) -> PrintResult:
    """Send the pieces to a printer that never answers, and return when its side has got them all.

    `until_ended`: when it has read them, which it says by ending the connection. Raise UnsureError
    as `carry_out` does.
    """

    async def send() -> PrintResult:
        for part in slices(pieces):
            await _in_time(dialogue.send(part), patience.blocked)
        await _in_time(dialogue.taken(), patience.blocked)
        if until_ended and not await dialogue.ended(patience.blocked):
            raise UnsureError(NOT_READ)
        return PrintResult.SENT

    return await _in_one_go(dialogue, send())


def slices(pieces: Iterable[bytes], limit: int = SLICE_BYTES) -> Iterator[bytes]:
    """Join pieces up to `limit` bytes; a longer piece goes alone, because none may be parted."""
    part = b""
    for piece in pieces:
        if part and len(part) + len(piece) > limit:
            yield part
            part = b""
        part += piece
    if part:
        yield part


async def _in_one_go(
    dialogue: Dialogue, work: Coroutine[object, object, PrintResult]
) -> PrintResult:
    done = False
    try:
        result = await work
        done = True
    except LostError as error:
        raise UnsureError(f"the connection broke amid the job: {error.detail}") from error
    finally:
        if not done:
            await dialogue.close()
    return result


async def _in_time(sending: Awaitable[None], seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await sending
    except TimeoutError:
        raise UnsureError(f"the printer took nothing for {seconds:g} s amid the job") from None


class _Job:
    def __init__(
        self, dialogue: Dialogue, abilities: Abilities, patience: Patience, tell: Tell
    ) -> None:
        self._dialogue = dialogue
        self._abilities = abilities
        self._patience = patience
        self._tell = tell

    async def run(self, pieces: Sequence[bytes]) -> PrintResult:
        for part in slices(pieces):
            await _in_time(self._dialogue.send(part), self._silence)
            await self._mended()
        if not self._abilities.confirms:
            return PrintResult.SENT
        await self._dialogue.ask_for_confirmation()
        await self._confirmed(self._patience.confirmation + self._patience.line * len(pieces))
        return PrintResult.PRINTED

    @property
    def _silence(self) -> float:
        """Seconds without a sign of life after which nobody knows."""
        return self._patience.silent_asks * self._patience.reply

    async def _mended(self) -> bool:
        """Return when the printer says that it can print; True if it could not before."""
        silent = 0
        waited = False
        while True:
            said = await self._dialogue.ask(self._abilities.asks)
            self._tell(said)
            if said is None:
                silent += 1
                if silent >= self._patience.silent_asks:
                    raise UnsureError("the printer fell silent amid the job")
                continue
            if not said.blocked:
                return waited
            silent, waited = 0, True
            await asyncio.sleep(self._patience.job_poll)

    async def _confirmed(self, seconds: float) -> None:
        """Wait for the confirmation; time in which it can't print does not count."""
        looks = left = max(1, round(seconds / self._patience.job_poll))
        while not await self._dialogue.confirmed(self._patience.job_poll):
            left = looks if await self._mended() else left - 1
            if left <= 0:
                raise UnsureError(
                    f"the printer says that all is well, and did not confirm the job in "
                    f"{seconds:g} s"
                )
