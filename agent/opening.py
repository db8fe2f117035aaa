"""Opening: the state directory, the lock and database of this store, and the desk over them."""

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import time as time_of_day
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from agent.base.clock import MINUTE_MS, Clock, Millis
from agent.base.logging import get_logger
from agent.domain.barcodes.scale_formats import format_of
from agent.domain.barcodes.scale_label import ScaleLabels
from agent.domain.selling.receipt import ungreeted_after
from agent.enrolled import enrolled, told_at_enrolment
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.timekeeper import Timekeeper
from agent.services.desk.trust import Trust
from agent.services.house.anchoring import Anchoring
from agent.services.house.healing import InUse, heal, look_before_opening, tell_the_start
from agent.settings import Settings
from agent.state_dir import DATABASE_FILE
from agent.store.blocked import what_blocks
from agent.store.damage import damage_told
from agent.store.database import Database
from agent.store.errors import JournalBrokenError
from agent.store.house import anchor
from agent.store.line import journal, sync_state
from agent.store.lock import StoreLock

log = get_logger(__name__)


def make_state_dir(settings: Settings) -> Path:
    """Return the state directory, made for its owner alone if it was not there."""
    state_dir = Path(settings.paths.state_dir)
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    parent = os.open(state_dir.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(parent)  # the name of a new directory must outlast a power cut, too
    finally:
        os.close(parent)
    return state_dir


async def open_desk(
    settings: Settings, state_dir: Path, *, clock: Clock, stack: AsyncExitStack
) -> StoreDesk:
    """Return the store's desk; `stack` closes what is opened. Raises StartRefusedError, or OSError
    that names the file that can't be used."""
    lock = StoreLock(state_dir)
    lock.acquire()
    stack.callback(lock.release)
    try:
        return await _open(settings, state_dir, clock=clock, stack=stack)
    except JournalBrokenError as error:  # of what was looked at only after it was opened
        tell_the_start(state_dir, str(error))
        return await _open(settings, state_dir, clock=clock, stack=stack)


async def _open(
    settings: Settings, state_dir: Path, *, clock: Clock, stack: AsyncExitStack
) -> StoreDesk:
    async with AsyncExitStack() as opened:
        desk = await _look_and_open(settings, state_dir, clock=clock, stack=opened)
        stack.push_async_callback(opened.pop_all().aclose)
        return desk


async def _look_and_open(
    settings: Settings, state_dir: Path, *, clock: Clock, stack: AsyncExitStack
) -> StoreDesk:
    code, file = settings.store.code, state_dir / DATABASE_FILE
    if blocked := what_blocks(file):
        raise blocked
    kept = anchor.read(state_dir, code)
    healing = await asyncio.to_thread(look_before_opening, state_dir, code)
    database = Database(file)
    database.open()
    in_use = InUse(state_dir, code)
    stack.callback(in_use.ended)
    stack.push_async_callback(asyncio.to_thread, database.close)
    if healing is not None:
        after = ungreeted_after(clock.wall())
        await database.write(lambda db: heal(db, healing, store=code, ungreeted_after=after))
    with damage_told(file):
        desk = await _desk_on(
            database, settings, clock, refused_at=kept.time if kept else Millis(0)
        )
    in_use.began((await database.read(sync_state.get)).install_id)
    anchoring = Anchoring(database, time=desk.time, state_dir=state_dir, store=code)
    await anchoring.start()
    stack.push_async_callback(anchoring.stop)
    return replace(desk, witness=anchoring)


async def _desk_on(
    database: Database, settings: Settings, clock: Clock, *, refused_at: Millis
) -> StoreDesk:
    enrolment = enrolled(settings)
    trust = Trust(settings.hq.root_key or (enrolment.root_key if enrolment else ""))
    code = settings.store.code
    install_id = enrolment.install_id if enrolment else ""
    after = ungreeted_after(clock.wall()) if settings.hq.urls else 0
    await database.write(
        lambda db: sync_state.found(
            db, store=code, install_id=install_id or uuid4().hex, ungreeted_after=after
        )
    )
    if install_id:
        await database.write(
            lambda db: sync_state.become(
                db, install_id, ungreeted_after=ungreeted_after(clock.wall())
            )
        )
    if enrolment is not None:
        told = told_at_enrolment(enrolment)
        await database.write(lambda db: trust.begin_with(db, told))
    if not await database.read(trust.load):
        log.error("documents_not_trusted", why="not signed by hq.root_key: the feed begins anew")
        await database.write(sync_state.forget_cursor)
    time = Timekeeper(
        clock=clock,
        zone=ZoneInfo(settings.store.timezone),
        contact_at=(await database.read(sync_state.get)).contact_at,
        newest_journal=max(await database.read(journal.newest_at), refused_at),
        day_begins=time_of_day.fromisoformat(settings.store.day_begins),
        newest_day=await database.read(journal.newest_day),
    )
    return StoreDesk(
        store=code,
        database=database,
        time=time,
        trust=trust,
        scale_labels=ScaleLabels(tuple(map(format_of, settings.scale_labels.formats))),
        honour_quote_ms=settings.till.honour_quote_minutes * MINUTE_MS,
    )
