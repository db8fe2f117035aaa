"""store-hq readers: the chain's other programs that may read the events."""

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.confirm import asks, confirm
from sync.hq.commands.language import say
from sync.hq.outward.readers import add_reader, list_readers, revoke_reader

_COLUMNS = {"name": "READER", "added_at": "ADDED", "revoked_at": "REVOKED"}


def configure(command: Command) -> None:
    """Describe the command."""
    command.action("list", help="show them").runs(administrative(_list))
    add = command.action("add", help="let a program read; its token is printed once")
    add.option("name", metavar="NAME", help="such as crm: 1 to 32 small letters, digits, hyphens")
    add.example(
        "store-hq readers add crm",
        'curl -H "Authorization: Bearer TOKEN" "https://hq.example.cn/hq/v1/events?after="',
    ).runs(administrative(_add))
    revoke = command.action("revoke", help="let a program read no more")
    revoke.option("name", metavar="NAME")
    asks(revoke).example("store-hq readers revoke crm").runs(administrative(_revoke))


async def _list(session: Session) -> None:
    readers = await list_readers(session.connection)
    session.show(readers, empty="no reader; `store-hq readers add NAME` adds one", columns=_COLUMNS)


async def _add(session: Session) -> None:
    token = await add_reader(session.connection, session.args.name, now=session.now)
    session.tell(
        {"name": session.args.name, "token": token},
        say("token, shown this once: {token}", token=token),
    )


async def _revoke(session: Session) -> None:
    name = session.args.name
    confirm(session, [say("{name} reads no more events", name=name)])
    await revoke_reader(session.connection, name, now=session.now)
    session.tell({"revoked": name}, say("revoked"))
