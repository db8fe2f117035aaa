"""Housekeeping: move the WAL into the database, and delete what need not be kept."""

from collections.abc import Callable

from agent.base.clock import DAY_MS, Millis
from agent.base.logging import get_logger
from agent.services.desk.store_desk import StoreDesk
from agent.store import idempotency
from agent.store.coupons import handouts
from agent.store.errors import StoreError
from agent.store.line import journal, past
from agent.store.printing import print_jobs
from agent.store.sqlite import Connection

PRUNE_STEP = 1_000
"""Rows deleted in one transaction, so that no sale waits long."""
IDEMPOTENCY_DAYS = 30
"""First answers are kept so long; a repetition after that is a new request."""

log = get_logger(__name__)


class Housekeeping:
    """The periodic work on the database."""

    def __init__(self, desk: StoreDesk, *, retention_days: int) -> None:
        self._desk = desk
        self._retention_ms = retention_days * DAY_MS
        self._failing = False

    async def checkpoint(self) -> None:
        """Move the WAL into the database file."""
        try:
            await self._desk.database.checkpoint()
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

        Without HQ's clock nothing is deleted: by a PC's clock that runs ahead all would be old.
        """
        if self._desk.time.skew_ms() is None:
            return 0
        try:
            journal_rows, answers = await self._prune_journal(), await self._prune_answers()
            handouts_left, prints = await self._prune_handouts(), await self._prune_prints()
            return journal_rows + answers + handouts_left + prints + await self._prune_past()
        except StoreError as error:
            log.warning("pruning_failed", why=str(error))
            return 0

    async def _prune_journal(self) -> int:
        before = self._retained_from()
        return await self._step_by_step(
            lambda db: journal.prune(db, before=before, limit=PRUNE_STEP)
        )

    async def _prune_answers(self) -> int:
        """Found by the reader, which nobody waits for; deleted by the writer."""
        before = Millis(self._desk.time.now() - IDEMPOTENCY_DAYS * DAY_MS)
        total = 0
        while pairs := await self._desk.database.read(
            lambda db: idempotency.older_than(db, before, PRUNE_STEP)
        ):
            await self._forget(pairs)
            total += len(pairs)
        return total

    async def _prune_handouts(self) -> int:
        now = self._desk.time.now()
        return await self._step_by_step(
            lambda db: handouts.forget_expired(db, now, limit=PRUNE_STEP)
        )

    async def _prune_prints(self) -> int:
        """Papers as old as the events that they tell of; their copies are numbered until then."""
        before = self._retained_from()
        return await self._step_by_step(
            lambda db: print_jobs.prune(db, before=before, limit=PRUNE_STEP)
        )

    async def _prune_past(self) -> int:
        """What HQ told back is kept as long as what this PC recorded."""
        before = self._retained_from()
        return await self._step_by_step(lambda db: past.prune(db, before=before, limit=PRUNE_STEP))

    async def _step_by_step(self, delete: Callable[[Connection], int]) -> int:
        """Repeat `delete`, a transaction each time, until it finds nothing; return the rows."""
        total = 0
        while deleted := await self._desk.database.write(delete):
            total += deleted
        return total

    def _retained_from(self) -> Millis:
        return Millis(self._desk.time.now() - self._retention_ms)

    async def _forget(self, pairs: list[tuple[str, str]]) -> None:
        await self._desk.database.write(lambda db: idempotency.forget(db, pairs))
