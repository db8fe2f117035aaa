"""store-hq stores: the stores and how they are doing."""

from sync.hq.commands.command import Command, Session, administrative, positive
from sync.hq.commands.output import print_json, print_rows
from sync.hq.stores import add_store, list_stores, record_backup, release_store, renew_key

_COLUMNS = {
    "store": "STORE",
    "name": "NAME",
    "accepted": "RECEIVED",
    "lag": "LAG",
    "parked": "PARKED",
    "quarantined": "QUARANTINED",
    "open_cases": "CASES",
    "last_contact": "LAST CONTACT",
}


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show every store: received, settled, lag, last contact")
    listing.runs(administrative(_list))
    add = command.action("add", help="add a store and print its key, which is shown only once")
    add.option("store", metavar="CODE", help="2 to 8 capital letters or digits")
    add.option("--name", default="", help="for people")
    add.example("store-hq stores add MB001 --name 'Nanjing Road'").runs(administrative(_add))
    renew = command.action("new-key", help="give a store another key; the old one ends at once")
    renew.option("store", metavar="CODE").runs(administrative(_new_key))
    release = command.action("release", help="let the next machine take the store's identity")
    release.option("store", metavar="CODE")
    release.example("store-hq stores release MB001    # its PC was replaced, or it is fenced")
    release.runs(administrative(_release))
    backed_up = command.action(
        "backed-up", help="say that HQ's backup holds a store's journal up to a seq"
    )
    backed_up.option("store", metavar="CODE").option("--through", type=positive, required=True)
    backed_up.example("store-hq stores backed-up MB001 --through 120000")
    backed_up.runs(administrative(_backed_up))


async def _list(session: Session) -> None:
    stores = await list_stores(session.connection)
    empty = "no store yet; `store-hq stores add CODE` adds one"
    print_rows(stores, as_json=session.as_json, empty=empty, columns=_COLUMNS)


async def _add(session: Session) -> None:
    store = session.args.store
    key = await add_store(session.connection, store, name=session.args.name, now=session.now)
    _print_key(session, store, key)


async def _new_key(session: Session) -> None:
    key = await renew_key(session.connection, session.args.store)
    _print_key(session, session.args.store, key)


async def _release(session: Session) -> None:
    await release_store(session.connection, session.args.store)
    _print_done(session, f"the next machine that says hello as {session.args.store} is taken")


async def _backed_up(session: Session) -> None:
    store, through = session.args.store, session.args.through
    await record_backup(session.connection, store, through=through)
    _print_done(session, f"{store} may delete old events up to {through}")


def _print_key(session: Session, store: str, key: str) -> None:
    if session.as_json:
        print_json({"store": store, "key": key})
    else:
        print(f"key of {store}, shown only now ([hq] key_file holds it there): {key}")


def _print_done(session: Session, words: str) -> None:
    if session.as_json:
        print_json({"store": session.args.store, "done": True})
    else:
        print(words)
