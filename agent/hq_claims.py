"""Claims at head office, over the line that everything else goes by."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import uuid4

from agent.base.clock import Clock, Millis
from agent.base.logging import get_logger
from agent.domain.coupons.facts import Claim, ClaimStand, PriorUse
from agent.services.desk.claims import NOT_ASKED, Asked
from agent.store.coupons import redemptions
from agent.store.database import Database
from agent.store.sqlite import Connection, DatabaseError
from sync.client import HqClient
from sync.downloader import Identify
from sync.errors import HqError
from sync.protocol.claims import ClaimOrder, ClaimResult, ClaimState, ClaimUse

_STANDS: Final = {
    ClaimState.GRANTED: ClaimStand.GRANTED,
    ClaimState.USED: ClaimStand.USED,
    ClaimState.REVOKED: ClaimStand.REVOKED,
    ClaimState.ELSEWHERE: ClaimStand.ELSEWHERE,
}
"""Of a coupon that HQ does not know it says nothing."""

log = get_logger(__name__)


class HqClaims:
    """Implements services.desk.claims.Claims. Several orders may want a coupon at once: the last
    one that ends gives it back, if none took it."""

    def __init__(
        self,
        database: Database,
        client: HqClient,
        *,
        clock: Clock,
        identify: Identify,
        budget_ms: int,
        give_back_ms: int,
    ) -> None:
        """`budget_ms`: so long a cashier waits for HQ's word."""
        self._database = database
        self._client = client
        self._clock = clock
        self._identify = identify
        self._budget_ms = budget_ms
        self._give_back_ms = give_back_ms
        self._wanted: Counter[str] = Counter()
        self._claim_ids: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def possible(self) -> bool:
        """Whether the line is up."""
        return self._client.configured and self._client.link.online

    async def ask(self, coupon_ids: Sequence[str]) -> Asked:
        """Ask HQ; without its answer in time, nothing is said."""
        began, claim_id = self._clock.monotonic_ms(), uuid4().hex
        self._wanted.update(coupon_ids)
        self._claim_ids |= dict.fromkeys(coupon_ids, claim_id)
        order = ClaimOrder(claim_id=claim_id, coupon_ids=tuple(coupon_ids))
        try:
            identity = await self._identify()
            answer = await self._client.claim(order, identity, within_ms=self._budget_ms)
        except HqError as error:
            log.info("claim_not_answered", why=str(error))
            return NOT_ASKED
        said = {one.coupon_id: claim for one in answer.results if (claim := _claim(one))}
        return Asked(said, began + answer.held_ms)

    def end(self, coupon_ids: Sequence[str], *, taken: bool) -> None:
        """Forget them, or give back what no other order wants; once it is known not to be in use.

        One that can't be given back lapses by itself.
        """
        self._wanted.subtract(coupon_ids)
        done = [one for one in coupon_ids if self._wanted[one] <= 0]
        claim_ids = {one: self._claim_ids.pop(one) for one in done}
        for one in done:
            del self._wanted[one]
        if not taken and claim_ids:
            task = asyncio.create_task(self._give_back(claim_ids), name="give coupons back")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Return when everything is given back that can be."""
        await asyncio.gather(*self._tasks)

    async def stop(self) -> None:
        """Leave what is not given back yet."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _give_back(self, claim_ids: Mapping[str, str]) -> None:
        def unused(db: Connection) -> list[str]:
            return [one for one in claim_ids if not redemptions.in_use(db, one)]

        try:
            for one in await self._database.read(unused):
                order = ClaimOrder(claim_id=claim_ids[one], coupon_ids=(one,), release=True)
                identity = await self._identify()
                await self._client.claim(order, identity, within_ms=self._give_back_ms)
        except (HqError, DatabaseError) as error:
            log.info("claim_not_given_back", why=str(error))


def _claim(result: ClaimResult) -> Claim | None:
    stand, use = _STANDS.get(result.state), result.use
    if stand is None or (stand is ClaimStand.USED and use is None):
        return None
    return Claim(stand=stand, used=_used(use) if use else None, store=result.store)


def _used(use: ClaimUse) -> PriorUse:
    return PriorUse(
        store=use.store,
        till=use.till,
        receipt=use.receipt,
        occurred_at=Millis(use.occurred_at),
        known_by="hq",
    )
