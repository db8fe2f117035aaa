"""The sentence for what older agents can't do: which stores could not read which change."""

from collections.abc import Sequence

from sync.hq.commands.command import Session
from sync.hq.commands.language import say
from sync.hq.unread import too_old_for
from sync.protocol.messages import Entity

MAX_STORES = 5
"""Named in a sentence; `store-hq parked changes` names all."""
MAX_SENTENCES = 10


async def print_too_old(session: Session, entity: Entity | None = None) -> None:
    """Say for which campaigns, articles … of `entity` (None: of any) stores are too old."""
    if session.as_json:
        return
    too_old = await too_old_for(session.connection, entity)
    for unread in too_old[:MAX_SENTENCES]:
        print(_sentence(unread.stores, f"{say(unread.entity)} {unread.key}"))
    if len(too_old) > MAX_SENTENCES:
        print(say("and so on, {count} in all", count=len(too_old)))
    if too_old:
        print(say("`store-hq parked changes` says why; a newer store-agent applies it by itself"))


def _sentence(stores: Sequence[str], what: str) -> str:
    named = ", ".join(stores[:MAX_STORES]) + (", …" if len(stores) > MAX_STORES else "")
    if len(stores) == 1:
        return say("1 store ({named}) is too old for {what}", named=named, what=what)
    count = len(stores)
    return say(
        "{count} stores ({named}) are too old for {what}", count=count, named=named, what=what
    )
