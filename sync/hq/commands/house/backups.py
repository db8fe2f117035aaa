"""store-hq backups: the backups that stores left here, to be opened by whoever has their key."""

import hashlib
import shutil
from pathlib import Path

from sync.hq.backups.intake import shelf_of
from sync.hq.backups.shelf import KeptBackup, Shelf
from sync.hq.commands.command import Command, Session, administrative
from sync.hq.commands.language import say
from sync.hq.errors import AdminError
from sync.hq.stores import check_store

_COLUMNS = {
    "store": "STORE",
    "name": "NAME",
    "size_bytes": "BYTES",
    "seq": "UP TO",
    "taken_at": "TAKEN",
    "received_at": "RECEIVED",
}


def configure(command: Command) -> None:
    """Describe the command."""
    listing = command.action("list", help="show the backups of all stores, or of one")
    listing.option("store", metavar="CODE", nargs="?")
    listing.example("store-hq backups list MB001").runs(administrative(_list))
    fetch = command.action(
        "fetch", help="copy a store's backup to where it is restored; nothing is decrypted here"
    )
    fetch.option("store", metavar="CODE")
    fetch.option("--name", help="which one, as list shows it; otherwise the newest")
    fetch.option("--to", type=Path, default=Path(), metavar="DIRECTORY", help="where to put it")
    fetch.example("store-hq backups fetch MB001 --to /media/stick")
    fetch.runs(administrative(_fetch))


async def _list(session: Session) -> None:
    shelf, store = _shelf(session), session.args.store
    if store is not None:
        await check_store(session.connection, store)
    found = [one for name in ([store] if store else shelf.stores()) for one in shelf.kept(name)]
    session.show(found, empty="no store has left a backup yet", columns=_COLUMNS)


async def _fetch(session: Session) -> None:
    shelf, store = _shelf(session), session.args.store
    await check_store(session.connection, store)
    kept = _chosen(shelf.kept(store), session.args.name)
    target = session.args.to / kept.name
    try:
        _copy(shelf.file_of(kept), target)
    except OSError as error:
        raise AdminError(
            "{file} can't be written: {error}", file=target, error=error.strerror
        ) from None
    if _digest(target) != kept.sha256:
        target.unlink()
        raise AdminError("{name} is no longer as it came: take another one", name=kept.name)
    session.tell(
        {"file": str(target), "sha256": kept.sha256, "seq": kept.seq},
        say(
            "{file}: as it came, events up to {seq}. Restore it on the store's PC:"
            " store-agent backup restore {name} --key KEY",
            file=target,
            seq=kept.seq,
            name=f"./{kept.name}",
        ),
    )


def _shelf(session: Session) -> Shelf:
    settings = session.settings.backups
    shelf = shelf_of(settings)
    if shelf is None:
        raise AdminError("no backups are kept here: set [backups] directory")
    if not Path(settings.directory).is_dir():
        raise AdminError("{directory} is not there", directory=settings.directory)
    return shelf


def _chosen(kept: list[KeptBackup], name: str | None) -> KeptBackup:
    found = [one for one in kept if name in (None, one.name)]
    if not found:
        raise AdminError("there is no such backup; `store-hq backups list` shows those that are")
    return found[-1]


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as content, target.open("xb") as out:
        shutil.copyfileobj(content, out)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
