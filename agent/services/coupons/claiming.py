"""Claiming: coupons of the whole chain are asked for at HQ before they are taken, and given back
when they are not."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from agent.services.coupons.verdict import Claimed, Judged, Presented
from agent.services.desk.claims import NOT_ASKED, Asked
from agent.services.desk.store_desk import StoreDesk
from agent.store.errors import CommitUnknownError
from agent.store.sqlite import Connection

Look = Callable[[Connection], Iterable[Judged]]


class Claiming:
    """What HQ said of the coupons of one order, and whether they were taken."""

    def __init__(self, desk: StoreDesk, asked: Asked) -> None:
        self._desk = desk
        self._asked = asked
        self.taken = False
        """Set when their use is recorded."""

    @property
    def said(self) -> Claimed:
        """HQ's word, as long as it holds: to be read in the transaction that records the use."""
        return self._asked.said if self._desk.time.monotonic_ms() < self._asked.until_ms else {}


@asynccontextmanager
async def claimed(
    desk: StoreDesk, presented: Iterable[Presented], look: Look
) -> AsyncIterator[Claiming]:
    """Ask HQ for the presented coupons that its word makes certain; `look` judges them before.

    HQ is asked only when all of them would be accepted, and the line is up. What is not taken is
    given back, unless nobody can tell whether it was.
    """
    wanted = await _wanted(desk, presented, look)
    if desk.claims is None or not wanted:
        yield Claiming(desk, NOT_ASKED)
        return
    taken = False
    try:
        claiming = Claiming(desk, await desk.claims.ask(wanted))
        yield claiming
        taken = claiming.taken
    except (CommitUnknownError, asyncio.CancelledError):  # it may be recorded all the same
        taken = True
        raise
    finally:
        desk.claims.end(wanted, taken=taken)


async def _wanted(desk: StoreDesk, presented: Iterable[Presented], look: Look) -> list[str]:
    if desk.claims is None or not desk.claims.possible:
        return []
    if not any(one.claims is not None and one.claims.store is None for one in presented):
        return []
    judged = await desk.database.read(lambda db: list(look(db)))
    if not all(one.decision.outcome.is_accepted for one in judged):
        return []
    return [one.claims.code_id for one in judged if one.claims is not None and one.is_claimed]
