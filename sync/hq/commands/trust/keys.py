"""store-hq keys: the root key and the signing keys."""

from agent.base.clock import DAY_MS
from agent.domain.trust.keys import SigningKey
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.moment import FORMS, Moment, moment
from sync.hq.commands.output import print_json, print_rows
from sync.hq.trust.keys import (
    add_signing_key,
    list_signing_keys,
    revoke_signing_key,
    root_public_key,
)
from sync.hq.trust.setup import FIRST_KEY_DAYS

_COLUMNS = {
    "kid": "KEY ID",
    "not_before": "FROM",
    "not_after": "UNTIL",
    "revoked": "REVOKED",
}


def configure(command: Command) -> None:
    """Describe the command."""
    command.action("list", help="show the signing keys").runs(administrative(_list))
    add = command.action("add", help="make a signing key and publish it; new tokens use it")
    add.option("--not-before", type=moment, default=Moment(), metavar="WHEN", help=FORMS)
    add.option(
        "--not-after",
        type=moment,
        default=Moment(span_ms=FIRST_KEY_DAYS * DAY_MS),
        metavar="WHEN",
        help=f"default {FIRST_KEY_DAYS}d",
    )
    add.example("store-hq keys add --not-after 365d").runs(administrative(_add))
    revoke = command.action("revoke", help="revoke a key: its tokens stop counting everywhere")
    revoke.option("kid", metavar="KEY_ID")
    revoke.example("store-hq keys revoke 1f2e3d4c").runs(administrative(_revoke))
    root = command.action("root", help="print the root public key that every store pins")
    root.runs(administrative(_root))


async def _list(session: Session) -> None:
    _print(session, await list_signing_keys(session.connection))


async def _add(session: Session) -> None:
    key = await add_signing_key(
        session.connection,
        session.key_store,
        not_before=session.args.not_before.at(session.now),
        not_after=session.args.not_after.at(session.now),
        now=session.now,
    )
    _print(session, [key])


async def _revoke(session: Session) -> None:
    kid = session.args.kid
    await revoke_signing_key(session.connection, session.key_store, kid, now=session.now)
    _print(session, [key for key in await list_signing_keys(session.connection) if key.kid == kid])


async def _root(session: Session) -> None:
    root_key = root_public_key(session.key_store)
    if session.as_json:
        print_json({"root_key": root_key})
    else:
        print(root_key)


def _print(session: Session, keys: list[SigningKey]) -> None:
    empty = "no signing key; `store-hq keys add` makes one"
    print_rows(keys, as_json=session.as_json, empty=empty, columns=_COLUMNS)
