"""store-hq policy: what stores may decide offline."""

from pathlib import Path

from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.language import say
from sync.hq.commands.output import print_json
from sync.hq.commands.reasons import why
from sync.hq.errors import AdminError
from sync.hq.trust.policy import current_policy, publish_policy, read_policy


def configure(command: Command) -> None:
    """Describe the command."""
    show = command.action("show", help="print the policy in force, as JSON")
    show.example("store-hq policy show > policy.json").runs(administrative(_show))
    publish = command.action("publish", help="publish a policy as the next version")
    publish.option("file", type=Path, metavar="FILE", help="JSON; what it leaves out has a default")
    publish.example("store-hq policy publish policy.json").runs(administrative(_publish))


async def _show(session: Session) -> None:
    policy = await current_policy(session.connection, session.key_store)
    if policy is None:
        raise AdminError("there is no policy yet; `store-hq init` publishes one")
    print_json(policy)


async def _publish(session: Session) -> None:
    policy = read_policy(_read(session.args.file))
    edition = await publish_policy(session.connection, session.key_store, policy, now=session.now)
    session.tell(edition, say("published as version {version}", version=edition.version))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise AdminError("{file} can't be read: {why}", file=file, why=why(error)) from None
