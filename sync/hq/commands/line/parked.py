"""store-hq parked: events that could not be applied here, changes that stores could not read."""

import msgspec

from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.confirm import asks, confirm
from sync.hq.commands.language import say
from sync.hq.commands.line.meaning import meaning_of
from sync.hq.commands.of_store import asked_store, of_store
from sync.hq.line import MAX_ROWS, ParkedEvent, list_parked, settle_parked
from sync.hq.settlement.retry import Retried, retry_parked
from sync.hq.stores import check_store, list_stores
from sync.hq.unread import list_unread

_COLUMNS = {
    "store": "STORE",
    "epoch": "EPOCH",
    "seq": "SEQ",
    "code": "WHY",
    "detail": "DETAIL",
    "parked_at": "SINCE",
}

_UNREAD = {
    "entity": "WHAT",
    "key": "WHICH",
    "store": "STORE",
    "app_version": "VERSION",
    "since_at": "SINCE",
    "why": "WHY",
}


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show parked events and why they are")
    of_store(listing)
    listing.option("--limit", type=positive, default=100)
    listing.option("--all", action="store_true", help="those that are settled, too")
    listing.example("store-hq parked list --store MB001").runs(administrative(_list))
    one = command.action("show", help="explain a parked event in words, with its exact line")
    _event(one).example("store-hq parked show MB001 1207").runs(administrative(_show))
    retry = command.action("retry", help="try parked events again, as after an upgrade")
    of_store(retry).example("store-hq parked retry").runs(administrative(_retry))
    settle = command.action("settle", help="note that people are done with a parked event")
    _event(settle).option("--why", required=True, metavar="TEXT", help="kept with the event")
    asks(settle).example('store-hq parked settle MB001 1207 --why "the PC was replaced"')
    settle.runs(administrative(_settle))
    export = command.action("export", help="print parked events as JSON lines, each with its line")
    of_store(export)
    export.option("--all", action="store_true", help="those that are settled, too")
    export.example("store-hq parked export > parked.jsonl").runs(administrative(_export))
    changes = command.action("changes", help="show what stores could not read of the change feed")
    of_store(changes)
    changes.option("--entity", metavar="WORD", help="such as campaign or article")
    changes.option("--limit", type=positive, default=100)
    changes.example(
        "store-hq parked changes --entity campaign    # which stores are too old for which campaign"
    ).runs(administrative(_changes))


def _event(command: Command) -> Command:
    command.option("store", metavar="CODE")
    command.option("seq", type=positive, metavar="SEQ", help="its place in the store's journal")
    return command.option("--epoch", type=positive, help="where the place is in several")


async def _list(session: Session) -> None:
    args = session.args
    parked = await list_parked(
        session.connection,
        store=await asked_store(session),
        settled=args.all,
        limit=args.limit,
    )
    session.show(parked, empty="nothing is parked", columns=_COLUMNS)


async def _show(session: Session) -> None:
    args = session.args
    await check_store(session.connection, args.store)
    place = {"store": args.store, "seq": args.seq, "epoch": args.epoch}
    found = await list_parked(session.connection, settled=True, **place)
    told = [msgspec.to_builtins(one) | meaning_of(one.code)._asdict() for one in found]
    lines = [line for one in found for line in _explained(session, one)]
    session.tell(told, *(lines or [say("nothing is parked")]))


def _explained(session: Session, one: ParkedEvent) -> list[str]:
    means = meaning_of(one.code)
    settled = ""
    if one.settled_at is not None:
        settled = say(
            "settled {at}: {why}", at=session.shown(one.settled_at), why=one.settled_why or ""
        )
    return [
        f"{one.store} {one.epoch}.{one.seq} {one.kind or ''} {session.shown(one.parked_at)}",
        f"{one.code}: {means.what} ({one.detail})",
        settled or means.todo,
        one.line,
    ]


async def _retry(session: Session) -> None:
    store = await asked_store(session)
    stores = [store] if store else [one.store for one in await list_stores(session.connection)]
    done = [await retry_parked(session.connection, one, now=session.now) for one in stores]
    told = Retried(applied=sum(one.applied for one in done), parked=sum(one.parked for one in done))
    session.tell(
        told,
        say(
            "applied: {applied}; still parked of those that can be tried: {parked}",
            applied=told.applied,
            parked=told.parked,
        ),
    )


async def _settle(session: Session) -> None:
    args = session.args
    await check_store(session.connection, args.store)
    confirm(
        session,
        [
            say(
                "{store} {seq} is kept as it is, takes no effect and is counted no more",
                store=args.store,
                seq=args.seq,
            )
        ],
    )
    await settle_parked(
        session.connection,
        args.store,
        args.seq,
        epoch=args.epoch,
        why=args.why.replace("\0", ""),
        now=session.now,
    )
    session.tell({"settled": args.seq}, say("settled"))


async def _export(session: Session) -> None:
    parked = await list_parked(
        session.connection,
        store=await asked_store(session),
        settled=session.args.all,
        limit=MAX_ROWS,
    )
    for one in parked:
        means = meaning_of(one.code)
        told = msgspec.to_builtins(one) | means._asdict()
        print(msgspec.json.encode(told).decode())


async def _changes(session: Session) -> None:
    unread = await list_unread(
        session.connection,
        store=await asked_store(session),
        entity=session.args.entity,
        limit=session.args.limit,
    )
    session.show(unread, empty="every store could read all that it was told", columns=_UNREAD)
