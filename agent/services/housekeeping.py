"""Housekeeping: move the WAL into the database, and delete what need not be kept."""

import structlog

from agent.base.clock import DAY_MS, Millis
from agent.services.store_desk import StoreDesk
from agent.store import idempotency, journal
from agent.store.errors import StoreError
from agent.store.sqlite import Connection

PRUNE_STEP = 1_000
"""Rows deleted in one transaction, so that no sale waits long."""
IDEMPOTENCY_DAYS = 30
"""First answers are kept so long; a repetition after that is a new request."""

log = structlog.get_logger(__name__)


class Housekeeping:
    """The periodic work on the database."""

    def __init__(self, desk: StoreDesk, *, retention_days: int) -> None:
        self._desk = desk
        self._retention_ms = retention_days * DAY_MS

    async def checkpoint(self) -> None:
        """Move the WAL into the database file."""
        try:
            await self._desk.database.checkpoint()
        except StoreError as error:
            log.warning("checkpoint failed", why=str(error))

    async def prune(self) -> int:
        """Delete old journal rows ≤ backup_through, and old first answers; return the rows."""
        now = self._desk.time.now()
        keep_events = Millis(now - self._retention_ms)
        keep_answers = Millis(now - IDEMPOTENCY_DAYS * DAY_MS)
        total = 0

        def step(db: Connection) -> int:
            return journal.prune(db, before=keep_events, limit=PRUNE_STEP) + idempotency.prune(
                db, before=keep_answers, limit=PRUNE_STEP
            )

        try:
            while deleted := await self._desk.database.write(step):
                total += deleted
        except StoreError as error:
            log.warning("pruning failed", why=str(error))
        return total
