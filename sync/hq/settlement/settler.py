"""Settles what was received, in the background: one stretch of one store a transaction.

HQ's outbox is its event table past each store's settlement, so nothing is lost when a process
dies; several processes take different stores.
"""

import asyncio
from contextlib import suppress

import asyncpg
from asyncpg import Connection, Pool

from agent.base.clock import SECOND_MS, Clock
from agent.base.logging import get_logger
from sync.hq.database import REFUSED
from sync.hq.intake.parking import Parking
from sync.hq.settlement.cases import close_cases
from sync.hq.settlement.coupon_changes import tell_holders
from sync.hq.settlement.judging import judge_contested
from sync.hq.settlement.members import settle_members
from sync.hq.settlement.stretch import Stretch, claim
from sync.hq.settlement.uses import settle_uses

RETRY_S = 1.0
"""Between tries while the database can't be asked."""

_PARK = """
INSERT INTO parked (store, epoch, seq, code, detail, parked_at)
VALUES ($1, $2, $3, 'not_settled', $4, $5) ON CONFLICT DO NOTHING
"""

MAX_LAG_MS = 1_000
"""So long, at most, settlement steps aside for batches that keep coming."""
CALM_S = 0.05
"""After so long without a batch there is time to settle."""

_log = get_logger(__name__)


class Settler:
    """A task that settles until it is stopped; `wake` makes it look at once."""

    def __init__(self, *, pool: Pool, clock: Clock, batch_events: int, idle_ms: int) -> None:
        self._pool = pool
        self._clock = clock
        self._batch_events = batch_events
        self._idle_s = idle_ms / SECOND_MS
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look for something to settle at once."""
        self._woken.set()

    async def run(self) -> None:
        """Settle whatever there is, for ever; cancel it to stop. Outages are waited out."""
        reachable = True
        while True:
            try:
                self._woken.clear()
                while await self.settle_next():
                    reachable = True
                await self._wait()
                await self._let_pass()
            except asyncpg.TransactionRollbackError:  # a deadlock: the other one goes first
                continue
            except Exception as error:  # noqa: BLE001 - a fault here must not end the receiving
                if reachable:
                    _log.warning("settlement_waits_for_database", error=repr(error))
                reachable = False
                await asyncio.sleep(RETRY_S)

    async def settle_next(self) -> bool:
        """Settle one stretch; False if there was none."""
        now = self._clock.wall()
        async with self._pool.acquire() as connection:
            return await settle(connection, limit=self._batch_events, now=now)

    async def _wait(self) -> None:
        await self._woken_within(self._idle_s)

    async def _let_pass(self) -> None:
        """Step aside while batches keep coming: a store waits for each, and nobody for this."""
        until = self._clock.monotonic_ms() + MAX_LAG_MS
        while self._woken.is_set() and self._clock.monotonic_ms() < until:
            self._woken.clear()
            await self._woken_within(CALM_S)

    async def _woken_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()


async def settle(connection: Connection, *, limit: int, now: int, store: str | None = None) -> bool:
    """Settle up to `limit` events of `store`, or of the store that waits longest, at once.

    False if there is nothing that no other transaction is settling. An event that PostgreSQL
    refuses is found by halving, and parked.
    """
    stretch: Stretch | None = None
    try:
        async with connection.transaction():
            stretch = await claim(connection, limit=limit, now=now, store=store)
            if stretch is None:
                return False
            if limit == 1:
                await _settle_or_park(connection, stretch, now=now)
            else:
                await _settle(connection, stretch, now=now)
    except REFUSED:
        if stretch is None or limit == 1:
            raise
        return await settle(connection, limit=limit // 2, now=now, store=stretch.store)
    return True


async def settle_again(connection: Connection, stretch: Stretch, *, now: int) -> None:
    """Settle what has not taken effect yet of a stretch that settlement has passed."""
    await _settle(connection, stretch, now=now)


async def settle_uses_again(connection: Connection, stretch: Stretch, *, now: int) -> None:
    """The same for its coupons alone; what was settled of them stays as it is."""
    await _settle_uses(connection, stretch, now=now)


async def _settle(connection: Connection, stretch: Stretch, *, now: int) -> None:
    await _settle_uses(connection, stretch, now=now)
    await settle_members(connection, stretch, now=now)


async def _settle_uses(connection: Connection, stretch: Stretch, *, now: int) -> None:
    uses = await settle_uses(connection, stretch, now=now)
    if uses is not None:
        if uses.reversed:
            await close_cases(connection, uses.reversed, store=stretch.store, now=now)
        changed = uses.held_anew
        if uses.contested:
            changed |= await judge_contested(connection, uses.coupon_ids, now=now)
        await tell_holders(connection, changed)


async def _settle_or_park(connection: Connection, stretch: Stretch, *, now: int) -> None:
    """Settle one event; if it is refused, only its settlement is undone, not the claim."""
    try:
        async with connection.transaction():
            await _settle(connection, stretch, now=now)
    except REFUSED as error:
        detail = Parking.because("not_settled", error).detail
        place = stretch.store, stretch.to_epoch, stretch.to_seq
        await connection.execute(_PARK, *place, detail, now)
