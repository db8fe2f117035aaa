"""store-hq restored: after the database came back from a backup."""

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.confirm import asks, confirm
from sync.hq.commands.language import say
from sync.hq.stores import reach
from sync.hq.trust.restored import begin_incarnation


def configure(command: Command) -> None:
    """Describe the command."""
    asks(command).example(
        "store-hq restored --yes    # then start `store-hq run` again",
    ).runs(administrative(_restored))


async def _restored(session: Session) -> None:
    told = await reach(session.connection, now=session.now)
    confirm(
        session,
        [
            say(
                "every `store-hq run` must be stopped; stores that read the change feed from "
                "its start and send again what the backup lacks: {stores}",
                stores=told.stores,
            )
        ],
    )
    hq_epoch = await begin_incarnation(session.connection, session.key_store, now=session.now)
    session.tell(
        {"hq_epoch": hq_epoch}, say("a new incarnation has begun: {hq_epoch}", hq_epoch=hq_epoch)
    )
