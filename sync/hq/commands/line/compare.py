"""store-hq compare: does a store hold the same journal as head office?"""

import msgspec

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.language import say
from sync.hq.compare.journal import WrongEvent, WrongWhy, first_wrong_event
from sync.hq.compared import Compared, list_compared, want_compare
from sync.hq.stores import check_store

_COLUMNS = {
    "store": "STORE",
    "compared_at": "COMPARED",
    "first_seq": "FROM",
    "last_seq": "TO",
    "differs_first": "DIFFERS AT",
    "why": "WHY",
    "feed_differs": "FEED",
}


def configure(command: Command) -> None:
    """Describe the command."""
    command.option(
        "store", nargs="?", metavar="CODE", help="look at it now, and ask the store to compare"
    )
    command.explanation(
        "Without a store: what the last comparison with each found. With one: each line of its"
        " journal is hashed anew here, at once, and the store compares all that it keeps after its"
        " next hello, within ten minutes. By itself it does so each night: the newest 10,000"
        " events, and as many older ones by turns."
    )
    command.example("store-hq compare", "store-hq compare MB001").runs(administrative(_compare))


async def _compare(session: Session) -> None:
    if session.args.store is not None:
        await _store(session)
        return
    compared = await list_compared(session.connection)
    empty = "no store yet; `store-hq stores add CODE` adds one"
    session.show(compared, empty=empty, columns=_COLUMNS)


async def _store(session: Session) -> None:
    connection, store = session.connection, session.args.store
    await check_store(connection, store)
    wrong = await first_wrong_event(connection, store)
    [last] = await list_compared(connection, store=store)
    await want_compare(connection, store, now=session.now)
    told = {
        "store": store,
        "wrong_here": wrong and {"seq": wrong.seq, "why": wrong.why},
        "last": msgspec.to_builtins(last),
    }
    session.tell(
        told,
        _of_hq(wrong),
        _of_store(session, last),
        *_of_feed(session, last),
        say("the store was asked; `store-hq compare` shows what it finds"),
    )


def _of_hq(wrong: WrongEvent | None) -> str:
    if wrong is None:
        return say("head office: every event is as it was received, and none is missing")
    match wrong.why:
        case WrongWhy.MISSING:
            return say("head office: event {seq} is missing; a backup has it", seq=wrong.seq)
        case WrongWhy.CHANGED:
            return say(
                "head office: event {seq} was changed after it came; a backup has it as it was",
                seq=wrong.seq,
            )
        case WrongWhy.UNCHAINED:
            return say(
                "head office: event {seq} does not follow from the one before it", seq=wrong.seq
            )


def _of_store(session: Session, last: Compared) -> str:
    if last.compared_at is None:
        return say("the store: not compared yet")
    at = session.shown(last.compared_at)
    if last.differs_first is None:
        return say(
            "the store: the same at {at}, events {first} to {last}",
            at=at,
            first=last.first_seq,
            last=last.last_seq,
        )
    return say(
        "the store: different at {at}, first at event {seq}: {what}",
        at=at,
        seq=last.differs_first,
        what=_found(last.why),
    )


def _of_feed(session: Session, last: Compared) -> list[str]:
    if last.feed_at is None or not last.feed_differs:
        return []
    return [
        say(
            "what the store held of the feed differed at {at}, and was told again: {what}",
            at=session.shown(last.feed_at),
            what=last.feed_differs,
        )
    ]


def _found(why: str) -> str:
    match why:
        case "missing_at_hq":
            return say("head office does not hold it any more")
        case "changed_at_hq":
            return say("head office's copy was changed after it came")
        case "changed_here":
            return say("the store's copy was changed after it was recorded: look at its disk")
        case "other_event":
            return say("the store holds another event there: a copy of its disk was heard")
        case _:
            return say("the store has not narrowed it down yet")
