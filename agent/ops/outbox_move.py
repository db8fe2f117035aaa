"""`store-agent outbox export|import`: what a replaced PC never sent, carried to the new one.

The copy is a whole database, by which each event proves itself; the new PC brings in those that
head office never had, on a supervisor's word.
"""

import argparse
import asyncio
import getpass
import os
import shutil
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO

from agent.base.own_user import become_owner_of
from agent.ops.backup.errors import BackupError
from agent.ops.backup.work_dir import work_dir
from agent.ops.recover import recover_file
from agent.ops.store_file import database_file, look_into, why_unread
from agent.services.staff.pins import Pins
from agent.settings import Settings
from agent.state_dir import PEPPER_FILE
from agent.store.damage import damage_told
from agent.store.errors import StoreError
from agent.store.line.sync_state import SyncState
from agent.store.sqlite import Connection, DatabaseError, connect
from agent.store.staff import cashiers
from agent.store.staff.cashiers import CashierRow
from agent.store.staff.pepper import load_pepper

SUPERVISORS = ("supervisor", "it")


def export_outbox(settings: Settings, file: Path) -> int:
    """Copy the database into `file`, which must be new; the agent may run. Return the exit code.

    The file is root's if root says so, on a stick that nobody else may write to; all else is done
    as the service's own user.
    """
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            become_owner_of(Path(settings.paths.state_dir))
            status = _copy(settings, file.name, out)
    except FileExistsError as error:
        print(f"Not exported: {error}. Name a file that is not there yet", file=sys.stderr)
        return 1
    except (OSError, BackupError) as error:
        print(f"Not exported: {error}. Is there room, and may you write there?", file=sys.stderr)
        status = 1
    if status:
        with suppress(OSError):  # on a stick of root's it stays, empty
            file.unlink()
        return status
    print(f"{file}: carry it to the new PC, and there: store-agent outbox import {file.name}")
    return 0


def _copy(settings: Settings, name: str, out: BinaryIO) -> int:
    """Write a copy of the database to `out`, on its disk when this returns; the exit code."""
    with work_dir(Path(settings.paths.state_dir)) as work:

        def copy(db: Connection, _state: SyncState) -> int:
            db.execute("VACUUM INTO ?", (str(work / name),))
            return 0

        if status := look_into(settings, copy):
            print("Not exported.", file=sys.stderr)
            return status
        with (work / name).open("rb") as whole:
            shutil.copyfileobj(whole, out)
    out.flush()
    os.fsync(out.fileno())
    return 0


def import_outbox(settings: Settings, arguments: argparse.Namespace) -> int:
    """Bring in, on a supervisor's word, what `arguments.file` holds and head office never had."""
    pin = sys.stdin.readline().strip() if arguments.pin_stdin else getpass.getpass("PIN: ")
    try:
        agrees = asyncio.run(_agrees(settings, arguments.supervisor, pin))
    except (StoreError, DatabaseError) as error:
        why = why_unread(database_file(settings), error)
        print(f"Nothing was brought in: {why}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Nothing was brought in: {error}. Ask store-agent doctor", file=sys.stderr)
        return 1
    if not agrees:
        print(
            "Nothing was brought in: the number is no supervisor's, or the PIN is wrong",
            file=sys.stderr,
        )
        return 1
    return recover_file(settings, arguments)


async def _agrees(settings: Settings, number: str, pin: str) -> bool:
    file = database_file(settings)
    with damage_told(file), closing(connect(str(file), read_only=True)) as db:
        who: CashierRow | None = cashiers.find(db, number)
    pins = Pins(load_pepper(Path(settings.paths.state_dir) / PEPPER_FILE))
    try:
        fits = await pins.matches(who.pin_hash if who else None, pin)
    finally:
        pins.close()
    return fits and who is not None and who.role in SUPERVISORS
