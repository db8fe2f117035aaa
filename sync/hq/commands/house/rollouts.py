"""store-hq rollouts: settings and versions, handed to a share of the stores at a time."""

import argparse
import re
import tomllib
from typing import Any

import msgspec

from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.confirm import asks, confirm
from sync.hq.commands.language import say
from sync.hq.errors import AdminError
from sync.hq.rollouts.rollouts import (
    DEFAULT_STOP_PERCENT,
    Rollout,
    create,
    find,
    list_rollouts,
    pause,
    raise_to,
    stores_of,
    undo,
)
from sync.hq.stores import reach
from sync.protocol.rollouts import StagedSettings, WantedVersion

_COLUMNS = {
    "rollout": "ROLLOUT",
    "settings": "SETTINGS",
    "version": "VERSION",
    "state": "STATE",
    "percent": "PERCENT",
    "offered": "TOLD",
    "applied": "APPLIED",
    "trouble": "TROUBLE",
    "why": "WHY",
}
_STORE_COLUMNS = {
    "store": "STORE",
    "state": "STATE",
    "trouble": "TROUBLE",
    "app_version": "VERSION",
    "offered_at": "TOLD",
    "told_at": "ANSWERED",
}
_SET = re.compile(r"([a-z_]+\.[a-z_]+)=(.*)", re.DOTALL)


def configure(command: Command) -> None:
    """Describe the command."""
    command.action("list", help="show all rollouts").runs(administrative(_list))
    _numbered(command, "show", help="show one rollout with its stores").runs(administrative(_show))
    make = command.action("create", help="begin a rollout of settings or of a version")
    make.explanation(
        "A store is in the first 10 % or it is not: which ones is fixed for each rollout, and "
        "raising it only adds stores. It stops by itself when a greater share than "
        "--stop-percent of the stores that answered is in trouble: rolled back, could not read "
        "it, could read less than before, or not heard for a day."
    )
    what = make.parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--set", action="append", metavar="SECTION.NAME=VALUE", default=[])
    what.add_argument("--version", help=say("of store-agent, as its package has it"))
    make.option("--percent", type=_percent, required=True, help="of the stores, 1 to 100")
    make.option("--stop-percent", type=_percent, default=DEFAULT_STOP_PERCENT)
    make.example(
        "store-hq rollouts create --set hq.poll_seconds=30 --percent 10",
        "store-hq rollouts create --version 0.2.0 --percent 5",
    ).runs(administrative(_create))
    more = _numbered(command, "raise", help="hand it to more stores; go on with one that stopped")
    more.option("--percent", type=_percent, required=True, help="of the stores, 1 to 100")
    asks(more).example("store-hq rollouts raise 3 --percent 50").runs(administrative(_raise))
    hold = _numbered(command, "pause", help="tell no more stores; those that were told keep it")
    hold.runs(administrative(_pause))
    back = _numbered(command, "undo", help="take it back from every store that was told")
    asks(back).runs(administrative(_undo))


def _numbered(command: Command, name: str, *, help: str) -> Command:  # noqa: A002  # argparse's word
    return command.action(name, help=help).option("rollout", type=positive, metavar="NUMBER")


async def _list(session: Session) -> None:
    rollouts = await list_rollouts(session.connection)
    session.show(rollouts, empty="there is no rollout", columns=_COLUMNS)


async def _show(session: Session) -> None:
    rollout = await find(session.connection, session.args.rollout)
    stores = await stores_of(session.connection, session.args.rollout)
    if session.as_json:
        session.tell({**msgspec.to_builtins(rollout), "stores": stores})
        return
    session.show([rollout], empty="there is no rollout", columns=_COLUMNS)
    session.show(stores, empty="no store was told of it", columns=_STORE_COLUMNS)


async def _create(session: Session) -> None:
    args = session.args
    rollout = await create(
        session.connection,
        settings=staged(args.set) if args.set else None,
        version=_version(args.version) if args.version else "",
        percent=args.percent,
        stop_percent=args.stop_percent,
        now=session.now,
    )
    await _tell(session, rollout)


async def _raise(session: Session) -> None:
    now = await find(session.connection, session.args.rollout)
    if now.state == "stopped":
        confirm(session, [say("it stopped by itself: {why}", why=now.why)])
    rollout = await raise_to(session.connection, now.rollout, session.args.percent, now=session.now)
    await _tell(session, rollout)


async def _pause(session: Session) -> None:
    paused = await pause(session.connection, session.args.rollout, now=session.now)
    session.tell(
        paused, say("no more stores are told of rollout {rollout}", rollout=paused.rollout)
    )


async def _undo(session: Session) -> None:
    rollout = await find(session.connection, session.args.rollout)
    confirm(session, [say("it is taken back from {count} stores", count=rollout.offered)])
    stores = await undo(session.connection, rollout.rollout, now=session.now)
    session.tell(
        {"rollout": rollout.rollout, "stores": stores},
        say("taken back from {count} stores", count=len(stores)),
    )


async def _tell(session: Session, rollout: Rollout) -> None:
    whole = await reach(session.connection, now=session.now)
    session.tell(
        rollout,
        say(
            "rollout {rollout}: {offered} of {stores} stores were told",
            rollout=rollout.rollout,
            offered=rollout.offered,
            stores=whole.stores,
        ),
    )


def staged(words: list[str]) -> StagedSettings:
    """Return what `SECTION.NAME=VALUE` say, values as in TOML; AdminError with every mistake."""
    values: dict[str, Any] = {}
    for word in words:
        match = _SET.fullmatch(word)
        if match is None:
            raise AdminError("expected SECTION.NAME=VALUE, got {word}", word=repr(word))
        values[match[1]] = _value(match[2])
    known = StagedSettings.__struct_encode_fields__
    unknown = sorted(values.keys() - set(known))
    if unknown:
        raise AdminError(
            "{names} can't be staged; these can: {known}",
            names=", ".join(unknown),
            known=", ".join(known),
        )
    try:
        return msgspec.convert(values, StagedSettings)
    except msgspec.ValidationError as error:
        raise AdminError("a value does not fit: {why}", why=error) from None


def _value(text: str) -> Any:
    """A value as TOML reads it; a bare word is a text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _version(text: str) -> str:
    try:
        return msgspec.convert(text, WantedVersion)
    except msgspec.ValidationError:
        raise AdminError("expected a version such as 0.2.0, got {text}", text=repr(text)) from None


def _percent(text: str) -> int:
    share = positive(text)
    if share > 100:
        raise argparse.ArgumentTypeError(say("expected 1 to 100, got {text}", text=repr(text)))
    return share
