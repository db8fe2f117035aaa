"""Ending a promotion: a new version of it with another end."""

from datetime import datetime, timedelta

from asyncpg import Connection
from msgspec.structs import replace

from agent.base.clock import Millis
from agent.domain.promotions.conditions import begin, end
from agent.domain.promotions.promotion import Promotion
from sync.hq.errors import AdminError
from sync.hq.promotions.book import Turn, lock_book, put_promotions
from sync.hq.promotions.looking import State, find_promotion, state_of


async def end_promotion(
    connection: Connection, name: str, *, ends: datetime, at: datetime, now: Millis
) -> Turn:
    """Let a promotion end at `ends`, and tell every store; return its new version. Both times are
    the stores'; `at` is now.

    AdminError: there is none of that id, it is over, or would end earlier or before it begins.
    """
    async with connection.transaction():
        await lock_book(connection)
        held = await find_promotion(connection, name)
        if held.promotion is None:
            raise AdminError(
                "promotion {promotion} was written by a newer store-hq, which alone can read it:"
                " use that one, or upgrade this one",
                promotion=name,
            )
        turn = Turn(promotion=_ended(held.promotion, ends, at=at), version=held.version + 1)
        await put_promotions(connection, [turn], file="", now=now)
    return turn


def moment(at: datetime, *, is_end: bool = False) -> str:
    """Return a moment of the stores as a price book writes it; the end of a day is that day."""
    if is_end and at == at.replace(hour=0, minute=0, second=0, microsecond=0):
        return (at - timedelta(days=1)).date().isoformat()
    return at.replace(microsecond=0).isoformat(timespec="seconds" if at.second else "minutes")


def _ended(one: Promotion, ends: datetime, *, at: datetime) -> Promotion:
    when = one.when
    if state_of(one, at) is State.ENDED:
        raise AdminError("promotion {promotion} is over already", promotion=one.id)
    if ends < at:
        raise AdminError("the end lies in the past: leave --at out to end it now")
    if when.ends is not None and end(when.ends) < ends:
        raise AdminError(
            "promotion {promotion} ends earlier, with {ends}: to let it run longer, change the file"
            " and import it",
            promotion=one.id,
            ends=when.ends,
        )
    begins = begin(when.starts) if when.starts else None
    if begins is not None and ends <= begins:
        if ends > at:
            raise AdminError(
                "promotion {promotion} would end before it begins, with {starts}: leave --at out to"
                " withdraw it now",
                promotion=one.id,
                starts=when.starts,
            )
        when = replace(when, starts=moment(ends - timedelta(seconds=1)))
    return replace(one, when=replace(when, ends=moment(ends, is_end=True)))
