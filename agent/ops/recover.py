"""`store-agent recover`: bring in what a damaged or older database holds and head office never
had."""

import argparse
import shutil
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from agent.settings import Settings


class Report(Struct, frozen=True, kw_only=True):
    """What a file held, and what came of it."""

    file: str
    read: int
    recorded: int
    known: int
    apart: int
    open_shifts: list[str]
    lost: list[tuple[int, int]]
    """First and last place of events that are missing or damaged."""


def add_commands(commands: Any, readable: argparse.ArgumentParser) -> None:
    """Add `recover` to the parser's `commands`."""
    about = (
        "bring in the events of a damaged or older database, or of a backup; the agent is stopped"
    )
    parser = commands.add_parser("recover", help=about, description=about, parents=[readable])
    parser.set_defaults(command=recover_file, reads_what_root_names=True)
    parser.add_argument("file", type=Path, help="the store.db (its -wal beside it), or a backup")
    parser.add_argument("--key", type=Path, help="of a backup: file with the private key")


def recover_file(settings: Settings, arguments: argparse.Namespace) -> int:
    from agent.ops.backup.errors import BackupError
    from agent.store.errors import StoreError
    from agent.store.sqlite import DatabaseError

    try:
        report = recover(settings, arguments.file, key=arguments.key)
    except (BackupError, StoreError) as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, DatabaseError) as error:
        print(
            f"{arguments.file} can't be recovered from: {error}. Keep it as it is, and try the "
            "newest backup: store-agent backup list",
            file=sys.stderr,
        )
        return 1
    if arguments.json:
        print(msgspec.json.encode(report).decode())
    else:
        _print(report)
    return 0


def recover(settings: Settings, file: Path, *, key: Path | None) -> Report:
    """Bring in the events of `file`, which is only read; raise BackupError, StoreError or OSError.

    Done again, or broken off and done again, it brings in what is not yet there.
    """
    from agent.ops.backup.errors import UnreadableBackupError
    from agent.ops.backup.restore import agent_away
    from agent.ops.backup.work_dir import work_dir
    from agent.services.line.bring_in import bring_in
    from agent.state_dir import DATABASE_FILE
    from agent.store import digests
    from agent.store.database import open_writing
    from agent.store.house import quarantine
    from agent.store.line.old_journal import OldJournal
    from agent.store.migrations import migrate
    from agent.store.sqlite import connect

    if not file.is_file():
        raise UnreadableBackupError(
            f"{file} is no file, or not there: name a store.db, a backup, or what `store-agent "
            "outbox export` wrote"
        )
    state_dir, store = Path(settings.paths.state_dir), settings.store.code
    present = state_dir / DATABASE_FILE
    if file.resolve() == present.resolve():
        raise UnreadableBackupError(
            f"{file} is the database in use; name the one that was set aside"
        )
    if not present.is_file():
        raise UnreadableBackupError(
            f"there is no {present} yet: start the agent once, then stop it"
        )
    with agent_away(state_dir), work_dir(state_dir) as work:
        copy = _copied(file, key, work)
        with (
            closing(connect(str(copy), read_only=True)) as old,
            closing(open_writing(present)) as db,
        ):
            migrate(db)
            digests.watch(db)
            source = OldJournal(old)
            _check_store(file, source.store, store)
            found = bring_in(db, store, source.events(store))
    report = Report(
        file=str(file),
        lost=[(gap.first, gap.last) for gap in source.lost],
        **msgspec.structs.asdict(found),
    )
    if (file.parent / quarantine.NOTE_FILE).is_file():
        quarantine.mark_recovered(file.parent, msgspec.json.encode(report))
    return report


def _copied(file: Path, key: Path | None, work: Path) -> Path:
    """Return a copy to read from, so that not even SQLite writes beside the original."""
    from agent.ops.backup.errors import KeyUnreadableError
    from agent.ops.backup.keys import read_identities
    from agent.ops.backup.restore import unpack
    from agent.ops.backup.target import SUFFIX
    from agent.state_dir import DATABASE_FILE

    copy = work / DATABASE_FILE
    if file.name.endswith(SUFFIX):
        if key is None:
            raise KeyUnreadableError(f"{file} is a backup: give the file of its key, --key FILE")
        unpack(file, read_identities(key), work, told=lambda step, done, of: None)
        return copy
    shutil.copyfile(file, copy)
    wal = file.with_name(f"{file.name}-wal")
    if wal.is_file():
        shutil.copyfile(wal, copy.with_name(f"{copy.name}-wal"))
    return copy


def _check_store(file: Path, found: str, store: str) -> None:
    from agent.ops.backup.errors import OtherStoreError

    if found not in ("", store):
        raise OtherStoreError(
            f"{file} is of store {found}, this PC's settings say {store}: name a file of {store}, "
            f"or bring this one in on the PC of {found}"
        )


def _print(report: Report) -> None:
    print(
        f"{report.file}: {report.read} events that head office had not acknowledged; "
        f"{report.recorded} brought in, {report.known} were known."
    )
    if report.lost:
        places = ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in report.lost[:20])
        print(
            f"Lost: event {places}. The file can't show them; compare with the papers of that day."
        )
    if report.apart:
        print(
            f"{report.apart} of them use a coupon or number that is taken here since: both are "
            "kept, head office judges."
        )
    for shift in report.open_shifts:
        print(
            f"Shift {shift} was not closed in it: no Z report sums its sales, head office has them."
        )
    if report.recorded:
        print("They go to head office when the agent runs: systemctl start store-agent")
