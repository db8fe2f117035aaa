"""`promotions end`: a promotion is over, in every store."""

from datetime import datetime

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.hits import stores_hear
from sync.hq.commands.language import say
from sync.hq.commands.moment import FORMS, Moment, ending
from sync.hq.commands.promotions.importing import local_time
from sync.hq.promotions.ending import end_promotion


def configure(command: Command) -> None:
    """Describe the action."""
    action = command.action("end", help="end a promotion in every store, now or at a moment")
    action.explanation(
        "Stores that hear of it before the moment end it at that very moment, with the line cut,"
        " too. It is a new version: to take it back, import the version before it again."
    )
    action.option("promotion", metavar="ID", help="of the promotion")
    action.option("--at", type=ending, metavar="WHEN", help=FORMS)
    action.example(
        "store-hq promotions end P1",
        "store-hq promotions end P1 --at 2026-12-31    # with the end of that day",
    )
    action.runs(administrative(_end))


async def _end(session: Session) -> None:
    at, given = local_time(session).replace(microsecond=0), session.args.at
    ends = _local(session, given) if given is not None else at
    turn = await end_promotion(
        session.connection, session.args.promotion, ends=ends, at=at, now=session.now
    )
    one = turn.promotion
    session.tell(
        turn,
        say(
            "{promotion} {name} ends with {ends}: version {version}",
            promotion=one.id,
            name=one.name,
            ends=one.when.ends,
            version=turn.version,
        ),
        await stores_hear(session),
        say(
            "to take it back: store-hq promotions export {promotion} --version {before} >"
            " back.json, then store-hq promotions import back.json",
            promotion=one.id,
            before=turn.version - 1,
        ),
    )


def _local(session: Session, moment: Moment) -> datetime:
    instant = session.at(moment)
    return datetime.fromtimestamp(instant / 1_000, session.zone).replace(tzinfo=None)
