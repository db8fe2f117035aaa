"""store-hq keys: the root key, and the keys that sign codes and answers."""

from pathlib import Path
from typing import Literal

from msgspec import Struct

from agent.base.clock import DAY_MS, Millis
from agent.domain.trust.keys import SigningKey
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.confirm import asks, confirm
from sync.hq.commands.hits import stores_hear
from sync.hq.commands.language import say
from sync.hq.commands.moment import FORMS, Moment, beginning, ending
from sync.hq.coupons.key_use import KeyUse, key_use
from sync.hq.trust.keys import (
    KeyStore,
    add_signing_key,
    list_answer_keys,
    list_signing_keys,
    renew_answer_key,
    revoke_answer_key,
    revoke_signing_key,
    root_public_key,
)
from sync.hq.trust.setup import FIRST_KEY_DAYS

_COLUMNS = {
    "kid": "KEY ID",
    "signs": "SIGNS",
    "not_before": "FROM",
    "not_after": "UNTIL",
    "revoked": "REVOKED",
}


class ListedKey(Struct, frozen=True, kw_only=True):
    """A key as it is shown."""

    kid: str
    public_key: str
    signs: Literal["codes", "answers"]
    not_before: Millis
    not_after: Millis
    revoked: bool


def configure(command: Command) -> None:
    """Describe the command."""
    command.action("list", help="show the keys that sign codes, and those of answers").runs(
        administrative(_list)
    )
    add = command.action("add", help="make a signing key and publish it; new tokens use it")
    add.option("--not-before", type=beginning, default=Moment(), metavar="WHEN", help=FORMS)
    add.option(
        "--not-after",
        type=ending,
        default=Moment(span_ms=FIRST_KEY_DAYS * DAY_MS),
        metavar="WHEN",
        help=say("default {span}", span=f"{FIRST_KEY_DAYS}d"),
    )
    add.option(
        "--wallet",
        action="store_true",
        help="for the wallet's page: its private half goes to [wallet] keys_dir",
    )
    add.option(
        "--answers",
        action="store_true",
        help="by which this machine's server signs its answers, from its next start on",
    )
    add.example("store-hq keys add --not-after 365d", "store-hq keys add --wallet")
    add.example("store-hq keys add --answers && systemctl restart store-hq")
    add.runs(administrative(_add))
    revoke = command.action("revoke", help="revoke a key: what it signed stops counting everywhere")
    revoke.option("kid", metavar="KEY_ID")
    asks(revoke).example("store-hq keys revoke 1f2e3d4c").runs(administrative(_revoke))
    root = command.action("root", help="print the root public key that every store pins")
    root.runs(administrative(_root))


async def _list(session: Session) -> None:
    _print(session, await _all(session))


async def _add(session: Session) -> None:
    make = _make_answer_key if session.args.answers else _make_signing_key
    _print(session, [await make(session)])


async def _make_answer_key(session: Session) -> ListedKey:
    key = await renew_answer_key(
        session.connection,
        session.key_store,
        not_before=session.at(session.args.not_before),
        not_after=session.at(session.args.not_after),
        now=session.now,
    )
    return _listed(key, "answers")


async def _make_signing_key(session: Session) -> ListedKey:
    key = await add_signing_key(
        session.connection,
        session.key_store,
        not_before=session.at(session.args.not_before),
        not_after=session.at(session.args.not_after),
        now=session.now,
        into=KeyStore(Path(session.settings.wallet.keys_dir)) if session.args.wallet else None,
    )
    return _listed(key, "codes")


async def _revoke(session: Session) -> None:
    kid = session.args.kid
    if any(key.kid == kid for key in await list_answer_keys(session.connection)):
        hit = say("no store believes what a server says that still signs by {kid}", kid=kid)
        confirm(session, [hit, await stores_hear(session)])
        await revoke_answer_key(session.connection, session.key_store, kid, now=session.now)
    else:
        use = await key_use(session.connection, kid, now=session.now)
        confirm(session, [*_hit(kid, use), await stores_hear(session)])
        await revoke_signing_key(session.connection, session.key_store, kid, now=session.now)
    _print(session, [key for key in await _all(session) if key.kid == kid])


async def _all(session: Session) -> list[ListedKey]:
    codes = await list_signing_keys(session.connection)
    answers = await list_answer_keys(session.connection)
    return [_listed(key, "codes") for key in codes] + [_listed(key, "answers") for key in answers]


def _listed(key: SigningKey, signs: Literal["codes", "answers"]) -> ListedKey:
    return ListedKey(
        kid=key.kid,
        public_key=key.public_key,
        signs=signs,
        not_before=key.not_before,
        not_after=key.not_after,
        revoked=key.revoked,
    )


def _hit(kid: str, use: KeyUse) -> list[str]:
    hit = [
        say(
            "the tills will refuse what key {kid} signed: every member's code of it, and "
            "coupons held by customers: {signed}, perhaps more: {perhaps}",
            signed=use.signed,
            perhaps=use.perhaps,
            kid=kid,
        )
    ]
    if not use.others:
        hit.append(say("it is the only key: nothing can be signed until `store-hq keys add`"))
    return hit


async def _root(session: Session) -> None:
    root_key = root_public_key(session.key_store)
    session.tell({"root_key": root_key}, root_key)


def _print(session: Session, keys: list[ListedKey]) -> None:
    empty = "no signing key; `store-hq keys add` makes one"
    session.show(keys, empty=empty, columns=_COLUMNS)
