"""One job of a printer, from its first byte to the proof that it was done."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence

from drivers.errors import LostError, UnsureError
from drivers.printer.dialogue import Dialogue
from drivers.printer.options import Patience
from drivers.printer.status import Said

SLICE_BYTES = 256
"""Sent between two looks at the printer, whose answer shows that it took what came before.

So never more than a slice waits in the line, and no answer waits long behind data (0.3 s at
9,600 baud)."""

Tell = Callable[[Said | None], None]
"""Take in what the printer answered; None: nothing."""


async def carry_out(
    dialogue: Dialogue, pieces: Sequence[bytes], *, patience: Patience, tell: Tell
) -> None:
    """Send the pieces to a printer that answers, and return when it has worked them off.

    Waits while it has no paper or its cover is open. Raise UnsureError when the link breaks, the
    printer falls silent, or it never confirms; the link is closed then, and after a cancellation,
    so that nothing of the job is left to mix with the next.
    """
    job = _Job(dialogue, patience, tell)
    await _in_one_go(dialogue, job.run(pieces))


async def send_blindly(dialogue: Dialogue, pieces: Iterable[bytes], *, patience: Patience) -> None:
    """Send the pieces to a printer that never answers; raise UnsureError as `carry_out` does."""

    async def send() -> None:
        for part in slices(pieces):
            await _sent(dialogue, part, patience.blocked)

    await _in_one_go(dialogue, send())


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


async def _in_one_go(dialogue: Dialogue, work: Coroutine[object, object, None]) -> None:
    done = False
    try:
        await work
        done = True
    except LostError as error:
        raise UnsureError(f"the connection broke amid the job: {error.detail}") from error
    finally:
        if not done:
            await dialogue.close()


async def _sent(dialogue: Dialogue, part: bytes, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await dialogue.send(part)
    except TimeoutError:
        raise UnsureError(f"the printer took nothing for {seconds:g} s amid the job") from None


class _Job:
    def __init__(self, dialogue: Dialogue, patience: Patience, tell: Tell) -> None:
        self._dialogue = dialogue
        self._patience = patience
        self._tell = tell

    async def run(self, pieces: Sequence[bytes]) -> None:
        for part in slices(pieces):
            await _sent(self._dialogue, part, self._silence)
            await self._mended()
        await self._dialogue.ask_for_confirmation()
        await self._confirmed(self._patience.confirmation + self._patience.line * len(pieces))

    @property
    def _silence(self) -> float:
        """Seconds without a sign of life after which nobody knows."""
        return self._patience.silent_asks * self._patience.reply

    async def _mended(self) -> bool:
        """Return when the printer says that it can print; True if it could not before."""
        silent = 0
        waited = False
        while True:
            said = await self._dialogue.ask()
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
