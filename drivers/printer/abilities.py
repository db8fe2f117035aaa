"""What a printer can tell of itself: found out once, by asking it."""

from msgspec import Struct

from drivers.errors import LostError
from drivers.printer.dialogue import Dialogue
from drivers.printer.options import Patience
from drivers.printer.status import Ask

TRIES = 2
"""A question that stays without an answer so often is one that this printer does not know."""

NEVER_CONFIRMS = "never answers GS r, which would confirm what it printed"
_TOLD_BY = {
    Ask.PRINTER: "whether it is ready",
    Ask.OFFLINE_CAUSE: "cover",
    Ask.ERROR_CAUSE: "cutter and defects",
    Ask.PAPER_SENSOR: "paper",
}


class Abilities(Struct, frozen=True, kw_only=True):
    """What a printer was found to answer."""

    asks: tuple[Ask, ...]
    """The questions (DLE EOT n) that it answers; empty: not known yet."""
    confirms: bool | None = None
    """Whether it answers GS r, and so says that it has worked a job off; None: not known yet, for
    it answers only while it can print."""

    @property
    def words(self) -> str:
        """The same for people; empty while it is not known."""
        if self.confirms is None:
            return ""
        told = ", ".join(_TOLD_BY[ask] for ask in self.asks)
        proof = "confirms what it printed" if self.confirms else NEVER_CONFIRMS
        return f"it tells {told}; it {proof}"


NOTHING_KNOWN = Abilities(asks=())


async def find_out(dialogue: Dialogue, patience: Patience) -> Abilities:
    """Return which questions a printer answers that just answered one; raise LostError."""
    known = [ask for ask in Ask if ask is Ask.PRINTER or await _knows(dialogue, ask, patience)]
    return Abilities(asks=tuple(known))


async def _knows(dialogue: Dialogue, ask: Ask, patience: Patience) -> bool:
    for _ in range(TRIES):
        if await dialogue.answer_to(ask, patience.find) is not None:
            return True
        if not await dialogue.get_in_step():
            raise LostError("it fell silent while it was asked what it can tell")
    return False
