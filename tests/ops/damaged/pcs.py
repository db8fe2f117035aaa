"""The PCs: one whose files are spoilt, the new one beside it, and one of another store."""

import asyncio
import shutil
from contextlib import closing
from functools import partial
from pathlib import Path

from agent.domain.staff.cashier import Role
from agent.services.staff.pins import Pins
from agent.state_dir import PEPPER_FILE
from agent.store.house import anchor
from agent.store.line import journal
from agent.store.sqlite import Connection, connect
from agent.store.staff import cashiers
from agent.store.staff.cashiers import CashierRow
from tests.ops.backup.test_backup import Shop
from tests.services.chain import STORE, Chain
from tests.services.stopped_clock import StoppedClock

SUPERVISOR, PIN = "2001", "482916"
PEPPER = b"p" * 32
SALES = 12
STICK = "stick.db"
"""What `outbox export` wrote."""
OLD, NEW, STRANGE = "old", "new", "strange"


def make(directory: Path) -> None:
    """Make the three PCs in `directory`; the old one lost its power, and has its WAL."""
    asyncio.run(_make(directory))


async def _make(directory: Path) -> None:
    clock = StoppedClock()
    chain = Chain(clock.now)
    for name in (OLD, NEW, STRANGE):
        (directory / name).mkdir(parents=True)
        shop = Shop(chain, clock, directory / name)
        await shop.worked(SALES if name == OLD else 2)
        await _staff(shop)
        if name == OLD:
            await _crashed(shop)
            assert (
                await asyncio.to_thread(shop.run, "outbox", "export", str(directory / STICK)) == 0
            )
        if name == STRANGE:
            _rename(shop.file)
            shutil.copyfile(shop.file, directory / f"strange-{STICK}")


async def _crashed(shop: Shop) -> None:
    """Sell, and leave the files as a power cut does a moment later: the anchor has followed."""
    kept = shop.state_dir.with_name("as-cut")
    async with shop.opened() as desk:
        for _ in range(3):
            await shop.sell(desk)
        tip = await desk.database.read(journal.tip)
        while (seen := anchor.read(shop.state_dir, STORE)) is None or seen.place != tip:
            await desk.database.answer()
        shutil.copytree(shop.state_dir, kept, ignore=shutil.ignore_patterns("*-shm"))
    shutil.rmtree(shop.state_dir)
    kept.rename(shop.state_dir)


def _rename(file: Path) -> None:
    with closing(connect(str(file))) as db:
        db.execute("UPDATE sync_state SET store = 'MB009'")


async def _staff(shop: Shop) -> None:
    (shop.state_dir / PEPPER_FILE).write_bytes(PEPPER)
    pins = Pins(PEPPER)
    pin_hash = await pins.hash(PIN)
    pins.close()
    row = CashierRow(cashier=SUPERVISOR, name="Li", role=Role.SUPERVISOR, pin_hash=pin_hash)
    async with shop.opened() as desk:
        await desk.database.write(partial(_add, row=row))


def _add(db: Connection, *, row: CashierRow) -> bool:
    return cashiers.add(db, row)
