"""store-hq init: set up or upgrade."""

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.language import say
from sync.hq.trust.setup import set_up


def configure(command: Command) -> None:
    """Describe the command."""
    command.example(
        "store-hq init            # prints the root key that every store pins",
        "store-hq init            # again after an upgrade: applies new migrations, keeps the rest",
    ).runs(administrative(_init))


async def _init(session: Session) -> None:
    setup = await set_up(session.connection, session.key_store, now=session.now)
    session.tell(
        setup,
        *(say("applied {name}", name=name) for name in setup.migrations),
        say("root key, to pin in every store ([hq] root_key): {key}", key=setup.root_key),
    )
