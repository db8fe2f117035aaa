"""Housekeeping: move the WAL into the database, and delete what need not be kept."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from agent.base.clock import SECOND_MS
from agent.base.logging import get_logger
from agent.services.desk.store_desk import StoreDesk
from agent.store import counted_days, idempotency
from agent.store.coupons import handouts
from agent.store.errors import StoreError
from agent.store.line import journal, past
from agent.store.printing import print_jobs
from agent.store.sqlite import Connection

PRUNE_STEP = 1_000
"""Rows deleted in one transaction, so that no sale waits long."""
IDEMPOTENCY_DAYS = 30
"""First answers are kept so long; a repetition after that is a new request."""
EXPIRED_DAYS = 30
"""Coupons to be handed out must have been expired on each of so many days, one after the other."""

log = get_logger(__name__)


class Housekeeping:
    """The periodic work on the database."""

    def __init__(self, desk: StoreDesk, *, retention_days: int) -> None:
        self._desk = desk
        self._retention_days = retention_days
        self._looked_at = desk.time.monotonic_ms()
        self._failing = False

    async def checkpoint(self) -> None:
        """Move the WAL into the database file."""
        try:
            await self._desk.checkpoint()
        except StoreError as error:
            (log.debug if self._failing else log.warning)("checkpoint_failed", why=str(error))
            self._failing = True
        else:
            if self._failing:
                log.info("checkpoint_recovered")
            self._failing = False

    async def prune(self) -> int:
        """Delete old journal rows ≤ backup_through, old first answers, expired handouts and print
        jobs of old; return the rows.

        Days are counted, and anything is deleted, only while HQ's clock is known; what is old is
        told by the days counted (agent/store/counted_days.py).
        """
        if self._desk.time.skew_ms() is None:
            return 0
        try:
            await self._live()
            return sum([await delete() for delete in self._deletions()])
        except StoreError as error:
            log.warning("pruning_failed", why=str(error))
            return 0

    async def _live(self) -> None:
        time = self._desk.time
        looked_at, self._looked_at = self._looked_at, time.monotonic_ms()
        ran_ms, now = self._looked_at - looked_at, time.now()
        date = datetime.fromtimestamp(now / SECOND_MS, tz=time.zone).date().isoformat()
        await self._desk.database.write(lambda db: counted_days.live(db, ran_ms, date=date, at=now))

    def _deletions(self) -> tuple[Callable[[], Awaitable[int]], ...]:
        return (
            self._prune_journal,
            self._prune_answers,
            self._prune_handouts,
            self._prune_prints,
            self._prune_past,
        )

    async def _prune_journal(self) -> int:
        def work(db: Connection) -> int:
            through = counted_days.journal_end(db, self._retained_from(db))
            return journal.prune(db, through=through, limit=PRUNE_STEP)

        return await self._step_by_step(work)

    async def _prune_answers(self) -> int:
        """Found by the reader, which nobody waits for; deleted by the writer."""

        def old(db: Connection) -> list[tuple[str, str]]:
            day = counted_days.day_ago(db, IDEMPOTENCY_DAYS)
            return idempotency.kept_until(db, day, PRUNE_STEP)

        total = 0
        while pairs := await self._desk.database.read(old):
            await self._forget(pairs)
            total += len(pairs)
        return total

    async def _prune_handouts(self) -> int:
        now = self._desk.time.now()

        def work(db: Connection) -> int:
            by = min(now, counted_days.past_for_sure(db, EXPIRED_DAYS))
            return handouts.forget_expired(db, by, limit=PRUNE_STEP)

        return await self._step_by_step(work)

    async def _prune_prints(self) -> int:
        """Papers as old as the events that they tell of; their copies are numbered until then."""
        return await self._step_by_step(
            lambda db: print_jobs.prune(db, until_day=self._retained_from(db), limit=PRUNE_STEP)
        )

    async def _prune_past(self) -> int:
        """What HQ told back is kept as long as what this PC recorded."""
        return await self._step_by_step(
            lambda db: past.prune(db, until_day=self._retained_from(db), limit=PRUNE_STEP)
        )

    async def _step_by_step(self, delete: Callable[[Connection], int]) -> int:
        """Repeat `delete`, a transaction each time, until it finds nothing; return the rows."""
        total = 0
        while deleted := await self._desk.database.write(delete):
            total += deleted
        return total

    def _retained_from(self, db: Connection) -> int:
        return counted_days.day_ago(db, self._retention_days)

    async def _forget(self, pairs: list[tuple[str, str]]) -> None:
        await self._desk.database.write(lambda db: idempotency.forget(db, pairs))
