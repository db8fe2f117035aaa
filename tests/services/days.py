"""Days that go by while a store's agent runs and hears head office."""

from datetime import datetime

from agent.base.clock import DAY_MS, SECOND_MS
from agent.services.desk.store_desk import StoreDesk
from agent.store import counted_days
from agent.store.sqlite import Connection
from tests.services.stopped_clock import StoppedClock


async def live_through(desk: StoreDesk, clock: StoppedClock, days: int) -> None:
    """Let `days` go by, each counted."""

    def work(db: Connection) -> None:
        for _ in range(days):
            clock.advance(DAY_MS)
            now = desk.time.now()
            date = datetime.fromtimestamp(now / SECOND_MS, tz=desk.time.zone).date()
            counted_days.live(db, DAY_MS, date=date.isoformat(), at=now)

    await desk.database.write(work)
