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
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from agent.base.own_user import become_owner_of
from agent.ops.backup.errors import BackupError
from agent.ops.backup.work_dir import work_dir
from agent.ops.recover import recover_file
from agent.ops.store_file import database_file
from agent.services.staff.pins import Pins
from agent.settings import Settings
from agent.state_dir import PEPPER_FILE
from agent.store.damage import damage_told
from agent.store.errors import StoreError
from agent.store.sqlite import DatabaseError, connect
from agent.store.staff import cashiers
from agent.store.staff.cashiers import CashierRow
from agent.store.staff.pepper import load_pepper

SUPERVISORS = ("supervisor", "it")


def export_outbox(settings: Settings, file: Path) -> int:
    """Copy the database into `file`, which must be new; the agent may run. Return the exit code.

    The file is root's if root says so, on a stick that nobody else may write to; all else is done
    as the service's own user.
    """
    state_dir = Path(settings.paths.state_dir)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            become_owner_of(state_dir)
            with work_dir(state_dir) as work:
                _copy(database_file(settings), work / file.name, out)
    except (OSError, StoreError, DatabaseError, BackupError) as error:
        print(f"Not exported: {error}", file=sys.stderr)
        return 1
    print(f"{file}: carry it to the new PC, and there: store-agent outbox import {file.name}")
    return 0


def _copy(present: Path, copy: Path, out: BinaryIO) -> None:
    """Write a copy of the database to `out`, on its disk when this returns."""
    with damage_told(present), closing(connect(str(present), read_only=True)) as db:
        db.execute("VACUUM INTO ?", (str(copy),))
    with copy.open("rb") as whole:
        shutil.copyfileobj(whole, out)
    out.flush()
    os.fsync(out.fileno())


def import_outbox(settings: Settings, arguments: argparse.Namespace) -> int:
    """Bring in, on a supervisor's word, what `arguments.file` holds and head office never had."""
    pin = sys.stdin.readline().strip() if arguments.pin_stdin else getpass.getpass("PIN: ")
    try:
        agrees = asyncio.run(_agrees(settings, arguments.supervisor, pin))
    except (StoreError, DatabaseError, OSError) as error:
        print(f"Nothing was brought in: {error}", file=sys.stderr)
        return 1
    if not agrees:
        print(
            "Nothing was brought in: the number is no supervisor's, or the PIN is wrong",
            file=sys.stderr,
        )
        return 1
    return recover_file(settings, arguments)


async def _agrees(settings: Settings, number: str, pin: str) -> bool:
    with closing(connect(str(database_file(settings)), read_only=True)) as db:
        who: CashierRow | None = cashiers.find(db, number)
    pins = Pins(load_pepper(Path(settings.paths.state_dir) / PEPPER_FILE))
    try:
        fits = await pins.matches(who.pin_hash if who else None, pin)
    finally:
        pins.close()
    return fits and who is not None and who.role in SUPERVISORS
