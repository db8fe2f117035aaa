"""store-hq restored: after the database came back from a backup."""

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.output import print_json
from sync.hq.errors import AdminError
from sync.hq.trust.restored import begin_incarnation


def configure(command: Command) -> None:
    """Describe the command."""
    command.option("--yes", action="store_true", help="the servers are stopped; do it")
    command.example(
        "store-hq restored --yes    # then start `store-hq run` again",
    ).runs(administrative(_restored))


async def _restored(session: Session) -> None:
    if not session.args.yes:
        raise AdminError(
            "every store will read the change feed from its start and send again what the backup"
            " lacks; stop all `store-hq run`, then say --yes"
        )
    hq_epoch = await begin_incarnation(session.connection, session.key_store, now=session.now)
    if session.as_json:
        print_json({"hq_epoch": hq_epoch})
    else:
        print(f"a new incarnation has begun: {hq_epoch}")
