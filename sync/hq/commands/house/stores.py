"""store-hq stores: the stores and how they are doing."""

from collections.abc import Sequence
from pathlib import Path

from agent.base.clock import HOUR_MS, Millis
from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.confirm import asks, confirm
from sync.hq.commands.language import say
from sync.hq.commands.moment import Moment, ending
from sync.hq.commands.too_old import print_too_old
from sync.hq.enrolment import make_code, revoke
from sync.hq.errors import AdminError
from sync.hq.stores import (
    SILENT_MS,
    StoreStatus,
    add_store,
    find_store,
    list_stores,
    record_backup,
    release_store,
)

CODE_HOURS = 24
"""Long enough for whoever drives to the store."""

_INSTANTS = (
    "last_contact",
    "feed_at",
    "fenced_at",
    "behind_since",
    "key_since",
    "key_announced_at",
)
_COLUMNS = {
    "store": "STORE",
    "name": "NAME",
    "accepted": "RECEIVED",
    "lag": "LAG",
    "parked": "PARKED",
    "quarantined": "QUARANTINED",
    "open_cases": "CASES",
    "last_contact": "LAST CONTACT",
    "app_version": "VERSION",
    "key_since": "KEY SINCE",
}


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show every store: received, settled, lag, last contact")
    listing.runs(administrative(_list))
    one = command.action("show", help="show all that is known of a store, what it runs included")
    one.option("store", metavar="CODE").example("store-hq stores show MB001")
    one.runs(administrative(_show))
    add = command.action("add", help="add a store; `enrol` then lets its machine in")
    add.option("store", metavar="CODE", help="2 to 8 capital letters or digits")
    add.option("--name", default="", help="for people")
    add.example("store-hq stores add MB001 --name 'Nanjing Road'").runs(administrative(_add))
    _configure_enrol(command)
    ended = command.action("revoke", help="take the key of a store's machine back, as of a thief's")
    asks(ended.option("store", metavar="CODE")).runs(administrative(_revoke))
    release = command.action("release", help="let the next machine take the store's identity")
    release.option("store", metavar="CODE")
    asks(release).example("store-hq stores release MB001    # its PC was replaced, or it is fenced")
    release.runs(administrative(_release))
    backed_up = command.action(
        "backed-up", help="say that HQ's backup holds a store's journal up to a seq"
    )
    backed_up.option("store", metavar="CODE").option("--through", type=positive, required=True)
    asks(backed_up).example("store-hq stores backed-up MB001 --through 120000 --yes")
    backed_up.runs(administrative(_backed_up))


def _configure_enrol(command: Command) -> None:
    enrol = command.action(
        "enrol", help="print a code that lets one machine in; the store's former one is fenced then"
    )
    enrol.option("store", metavar="CODE")
    enrol.option(
        "--ends",
        type=ending,
        default=Moment(span_ms=CODE_HOURS * HOUR_MS),
        metavar="WHEN",
        help=say("default {span}", span=f"{CODE_HOURS}h"),
    )
    enrol.option("--qr", type=Path, metavar="FILE", help="write it as a PNG or SVG image, too")
    enrol.example("store-hq stores enrol MB001", "store-hq stores enrol MB001 --qr MB001.png")
    enrol.runs(administrative(_enrol))


async def _list(session: Session) -> None:
    stores = await list_stores(session.connection)
    empty = "no store yet; `store-hq stores add CODE` adds one"
    session.show(stores, empty=empty, columns=_COLUMNS)
    _tell_of_copies(session, stores)
    _tell_who_is_behind(session, stores)
    await print_too_old(session)


def _tell_of_copies(session: Session, stores: Sequence[StoreStatus]) -> None:
    """Say which stores another copy of their disk, or another machine, said hello for."""
    for status in stores:
        if status.fenced_at is not None and not session.as_json:
            print(
                say(
                    "{store}: another copy of its disk, or another machine, was fenced at {at}:"
                    " switch the wrong one off; if that is the one that syncs, `store-hq stores"
                    " release {store}`, or `store-hq stores enrol {store}` for a code to the right"
                    " one",
                    store=status.store,
                    at=session.shown(status.fenced_at),
                )
            )


def _tell_who_is_behind(session: Session, stores: Sequence[StoreStatus]) -> None:
    """Say which stores have told of more than has come, for longer than sending takes."""
    for status in stores:
        since = status.behind_since
        if since is not None and since <= session.now - SILENT_MS and not session.as_json:
            print(
                say(
                    "{store}: recorded there and not received since {at}: {count}; "
                    "`store-hq completeness {store}`",
                    store=status.store,
                    at=session.shown(since),
                    count=status.not_received,
                )
            )


async def _show(session: Session) -> None:
    status = await find_store(session.connection, session.args.store)
    facts = [
        (name, getattr(status, name)) for name in status.__struct_fields__ if name != "rollouts"
    ]
    session.tell(
        status,
        *(f"{name:18} {_fact(session, name, value)}" for name, value in facts),
        f"{'rollouts':18} {', '.join(status.rollouts) or '-'}",
    )


def _fact(session: Session, name: str, value: object) -> str:
    if value is None or value == "":
        return "-"
    if name in _INSTANTS and isinstance(value, int):
        return session.shown(Millis(value))
    return str(value)


async def _add(session: Session) -> None:
    store = session.args.store
    await add_store(session.connection, store, name=session.args.name, now=session.now)
    _done(
        session,
        say("{store} is there; `store-hq stores enrol {store}` lets its machine in", store=store),
    )


async def _enrol(session: Session) -> None:
    store, until = session.args.store, session.at(session.args.ends)
    code = await make_code(
        session.connection, session.key_store, store, now=session.now, until=until
    )
    urls = session.settings.server.urls
    if session.args.qr is not None:
        _write_image(str(code), session.args.qr)
    session.tell(
        {"store": store, "code": str(code), "ends_at": until, "urls": urls},
        say(
            "code of {store}, for one machine, until {until}: {code}",
            store=store,
            until=session.shown(until, is_end=True),
            code=code,
        ),
        f"  store-agent enroll {code} --hq {urls[0] if urls else 'https://…'}",
    )


def _write_image(code: str, file: Path) -> None:
    import segno

    try:
        segno.make_qr(code, error="m").save(str(file), scale=8)
    except (OSError, ValueError) as error:
        raise AdminError("{file} can't be written: {why}", file=file, why=error) from None


async def _revoke(session: Session) -> None:
    confirm(
        session,
        [
            await _now(session),
            say(
                "it sends and hears nothing more, while its tills go on selling, until a machine"
                " is enrolled for it"
            ),
        ],
    )
    store = session.args.store
    await revoke(session.connection, store, now=session.now)
    _done(session, say("the key of {store} counts no more", store=store))


async def _release(session: Session) -> None:
    confirm(
        session,
        [
            await _now(session),
            say(
                "the first machine that says hello with its key becomes this store; the one that is"
                " it now goes on selling and is not heard any more: switch the wrong one off first"
            ),
        ],
    )
    await release_store(session.connection, session.args.store)
    _done(
        session,
        say("the next machine that says hello as {store} is taken", store=session.args.store),
    )


async def _backed_up(session: Session) -> None:
    store, through = session.args.store, session.args.through
    before = (await find_store(session.connection, store)).backup_through
    confirm(
        session,
        [
            say(
                "{store} may then delete its events up to {through} (more than before: "
                "{more}): HQ's backup must hold them",
                store=store,
                through=through,
                more=max(through - before, 0),
            )
        ],
    )
    await record_backup(session.connection, store, through=through)
    _done(
        session,
        say("{store} may delete old events up to {through}", store=store, through=through),
    )


async def _now(session: Session) -> str:
    """Say which store is hit, and how it is doing."""
    status = await find_store(session.connection, session.args.store)
    heard = say("never") if status.last_contact is None else session.shown(status.last_contact)
    return say(
        "{store} {name}: events received: {received}, last heard: {heard}",
        store=status.store,
        name=status.name,
        received=status.accepted,
        heard=heard,
    )


def _done(session: Session, words: str) -> None:
    session.tell({"store": session.args.store, "done": True}, words)
