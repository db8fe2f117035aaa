"""`promotions list`, `show` and `export`: the price book as it counts, for people and as a file."""

from typing import Any

import msgspec

from agent.domain.promotions.book import FORMAT
from agent.domain.promotions.promotion import Promotion, Trigger
from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.language import say
from sync.hq.commands.output import print_json
from sync.hq.commands.promotions.importing import local_time, turn_words
from sync.hq.commands.tables.report import plain
from sync.hq.commands.too_old import print_too_old
from sync.hq.errors import AdminError
from sync.hq.promotions.book import held_book, is_over
from sync.hq.promotions.looking import (
    Holders,
    ListedPromotion,
    State,
    Version,
    find_promotion,
    list_promotions,
    show_promotion,
    version_of,
)
from sync.protocol.messages import Entity

MAX_STORES = 10
"""Named in a sentence; --json names all."""

_COLUMNS = {
    "promotion": "PROMOTION",
    "name": "NAME",
    "kind": "KIND",
    "trigger": "TRIGGER",
    "starts": "STARTS",
    "ends": "ENDS",
    "state": "STATE",
    "version": "VERSION",
}


def configure(command: Command) -> None:
    """Describe the actions."""
    listing = command.action("list", help="show the promotions and where they are in their terms")
    listing.option("text", nargs="?", default="", metavar="TEXT", help="part of the id or name")
    listing.option(
        "--state",
        choices=[state.value for state in State],
        action="append",
        help="planned, running, ended; may be repeated",
    )
    listing.option("--kind", help="of the effect, such as amount_off")
    listing.option("--trigger", choices=[one.value for one in Trigger], help="what makes it count")
    listing.example(
        "store-hq promotions list --state running --state planned",
        "store-hq promotions list 满减 --trigger coupon --json",
    )
    listing.runs(administrative(_list))
    show = command.action("show", help="show one promotion: its versions, and which stores have it")
    show.option("promotion", metavar="ID", help="of the promotion")
    show.example("store-hq promotions show P1").runs(administrative(_show))
    export = command.action("export", help="print the book as a file that import takes")
    export.explanation(
        "Without ids: all promotions that are not over, and the rules of the whole book. Importing"
        " what was exported changes nothing. Examples and articles stay in your own files."
    )
    export.option("promotions", nargs="*", metavar="ID", help="only these, without the rules")
    export.option("--all", action="store_true", help="also those that are over")
    export.option(
        "--version", type=positive, metavar="N", help="of one promotion: as that version said"
    )
    export.example(
        "store-hq promotions export > book.json",
        "store-hq promotions export P1 --version 2 > back.json    # import it to go back to that",
    )
    export.runs(administrative(_export), machine_readable=False)


async def _list(session: Session) -> None:
    rows = await list_promotions(session.connection, at=local_time(session))
    rows = [row for row in rows if _is_wanted(row, session.args)]
    empty = "no such promotion; `store-hq promotions import` takes files of them"
    session.show(rows, empty=empty, columns=_COLUMNS)
    await print_too_old(session, Entity.PROMOTION)


def _is_wanted(row: ListedPromotion, args: Any) -> bool:
    text = args.text.casefold()
    return (
        (not args.state or row.state in args.state)
        and args.kind in (None, row.kind)
        and args.trigger in (None, row.trigger)
        and (text in row.promotion.casefold() or text in row.name.casefold())
    )


async def _show(session: Session) -> None:
    shown = await show_promotion(session.connection, session.args.promotion, at=local_time(session))
    if session.as_json:
        print_json(shown)
        return
    one = shown.listed
    print(
        plain(
            say(
                "{promotion} {name}: {state}, version {version}",
                promotion=one.promotion,
                name=one.name,
                state=one.state,
                version=one.version,
            )
        )
    )
    for version in shown.versions:
        print(plain(_version(session, version)))
    for words in _stores(shown.stores):
        print(words)
    if shown.versions[0].promotion is not None:
        print_json(shown.versions[0].promotion)


def _version(session: Session, version: Version) -> str:
    return say(
        "version {version}, {at}, {file}: {turns}",
        version=version.version,
        at=session.shown(version.imported_at),
        file=version.file or say("ended by hand"),
        turns=", ".join(map(turn_words, version.fields)) if version.version > 1 else say("new"),
    )


def _stores(stores: Holders) -> list[str]:
    told = [say("stores that have it: {count}", count=len(stores.have))]
    if stores.not_yet:
        told.append(
            say(
                "stores not heard since, which go by what they know: {stores}",
                stores=_named(stores.not_yet),
            )
        )
    if stores.too_old:
        told.append(
            say(
                "stores whose agents are too old for it, and do not apply it: {stores}",
                stores=_named(stores.too_old),
            )
        )
    return told


def _named(stores: Any) -> str:
    return ", ".join(stores[:MAX_STORES]) + (", …" if len(stores) > MAX_STORES else "")


async def _export(session: Session) -> None:
    args, connection = session.args, session.connection
    if args.version is not None and len(args.promotions) != 1:
        raise AdminError("--version goes with one id: store-hq promotions export P1 --version 2")
    if args.version is not None:
        print_json(_file([await version_of(connection, args.promotions[0], args.version)], {}))
        return
    for name in args.promotions:
        await find_promotion(connection, name)
    book, at = await held_book(connection), local_time(session)
    chosen = [
        one
        for one in book.readable
        if (one.id in args.promotions if args.promotions else args.all or not is_over(one, at))
    ]
    print_json(_file(chosen, {} if args.promotions else msgspec.to_builtins(book.rules)))


def _file(promotions: list[Promotion], rules: dict[str, Any]) -> dict[str, Any]:
    return {"format": FORMAT, "promotions": promotions, **rules}
