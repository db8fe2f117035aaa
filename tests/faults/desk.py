"""The store's desk on a state directory, opened as the agent opens it at a start."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from agent.base.clock import SystemClock
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.timekeeper import Timekeeper
from agent.services.desk.trust import Trust
from agent.state_dir import DATABASE_FILE
from agent.store.database import Database
from agent.store.house.examination import check_tail
from agent.store.line import journal, sync_state
from tests.faults.head_office import ROOT_KEY, STORE


@asynccontextmanager
async def open_desk(state_dir: Path) -> AsyncIterator[StoreDesk]:
    """Open the database, made if it is not there, with the store's row and trust; close it."""
    database = Database(state_dir / DATABASE_FILE)
    database.open()
    try:
        await database.write(lambda db: sync_state.found(db, store=STORE, install_id="1"))
        await database.read(check_tail)
        trust = Trust(ROOT_KEY)
        await database.read(trust.load)
        time = Timekeeper(
            clock=SystemClock(),
            zone=ZoneInfo("Asia/Shanghai"),
            contact_at=(await database.read(sync_state.get)).contact_at,
            newest_journal=await database.read(journal.newest_at),
        )
        yield StoreDesk(store=STORE, database=database, time=time, trust=trust)
    finally:
        database.close()
