"""The replay, step by step: supply, cut, sell, mend, drain, audit. Each step is a method.

replay = Replay(chain=chain, plan=plan, seed=0, progress=progress)
await replay.supply()
await replay.sell()
await replay.drain()
found = await replay.audit()
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import cycle

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.progress import Progress

from agent.base.clock import SystemClock
from tests.lab import books
from tests.lab.chain import Chain
from tests.lab.line import LineCut
from tests.lab.replay.audit import Audit, audit
from tests.lab.replay.cashier import Cashier
from tests.lab.replay.hostile import ISSUED, Forger
from tests.lab.replay.issue import Tokens, issue
from tests.lab.replay.ledger import Ledger
from tests.lab.replay.plan import Plan, Visit
from tests.lab.replay.till import opened
from tests.lab.store_site import StoreSite
from tests.lab.until import NotInTimeError, until

TILLS = 8
"""In each store, all busy at once."""
SUPPLY_TIMEOUT_S = 300.0
DRAIN_TIMEOUT_S = 600.0
SETTLE_TIMEOUT_S = 120.0

Done = Callable[[int], None]
"""Told how much more of a step is done."""


@dataclass(kw_only=True)
class Timing:
    """What the steps took, in seconds."""

    offline_s: float = 0.0
    selling_s: float = 0.0
    drain_s: float = 0.0


class Replay:
    """One replay on a chain that runs."""

    def __init__(
        self,
        *,
        chain: Chain,
        plan: Plan,
        seed: int,
        progress: Progress,
        patience_s: float = 0.0,
        admit: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`patience_s`: how long a till asks again when the agent gives no answer.

        `admit` is awaited before each visit.
        """
        self._chain = chain
        self._plan = plan
        self._seed = seed
        self._progress = progress
        self._patience_s = patience_s
        self._admit = admit
        self._tokens = Tokens(coupons=(), hostile={})
        self._cut_at = 0.0
        self.ledger = Ledger()
        self.timing = Timing()

    async def supply(self) -> None:
        """Issue everything at HQ, and return when every store holds what it needs."""
        stores = list(self._chain.stores)
        with self._step("HQ issues coupons", len(self._plan.coupons)) as done:
            self._tokens = await issue(self._chain.hq, self._plan, stores=stores, done=done)
        with self._step("stores receive", len(stores)) as done:
            async with self._chain.hq.connection() as connection:
                for site in self._sites:
                    await until(
                        f"{site.code} holds HQ's campaigns, articles and members",
                        partial(books.holds_supply, connection, site),
                        timeout_s=SUPPLY_TIMEOUT_S,
                    )
                    done(1)

    async def cut(self) -> None:
        """Cut every store's line: refused in one store, silent in the next."""
        for site, how in zip(self._sites, cycle(LineCut)):
            await site.line.cut(how)
        self._cut_at = time.perf_counter()

    async def mend(self) -> None:
        """Let every store's line pass again, after it was seen that nothing had passed."""
        for site in self._sites:
            await self._expect_all_waiting(site)
        self.timing.offline_s = time.perf_counter() - self._cut_at
        for site in self._sites:
            await site.line.mend()

    async def sell(self) -> None:
        """Serve every visit; each store's tills all work at once."""
        began = time.perf_counter()
        with self._step("tills redeem", len(self._plan.visits)) as done:
            async with asyncio.TaskGroup() as stores:
                for site in self._sites:
                    stores.create_task(self._sell_in(site, done))
        self.timing.selling_s = time.perf_counter() - began

    async def drain(self) -> None:
        """Return when HQ has acknowledged every journal, settled it and told the stores."""
        began = time.perf_counter()
        with self._step("outboxes drain", len(self._sites)) as done:
            for site in self._sites:
                await until(
                    f"{site.code}'s outbox is empty",
                    partial(books.is_drained, site),
                    timeout_s=DRAIN_TIMEOUT_S,
                )
                done(1)
        self.timing.drain_s = time.perf_counter() - began
        with self._step("HQ settles", len(self._sites)) as done:
            await self._settle(done)

    async def audit(self) -> Audit:
        """Compare what the tills were told with all books."""
        with self._step("books compared", 1) as done:
            found = await audit(self._chain, self.ledger, cases=len(self._plan.shared))
            found.faults = [*self.ledger.faults, *found.faults]
            done(1)
        return found

    @property
    def _sites(self) -> Sequence[StoreSite]:
        return list(self._chain.stores.values())

    async def _sell_in(self, site: StoreSite, done: Done) -> None:
        waiting = deque(visit for visit in self._plan.visits if visit.store == site.code)
        forger = self._forger(site.code)
        async with opened(site, count=TILLS, patience_s=self._patience_s) as tills:
            async with asyncio.TaskGroup() as work:
                for till in tills:
                    cashier = Cashier(till=till, forger=forger, ledger=self.ledger, seed=self._seed)
                    work.create_task(self._work(cashier, waiting, done))
            self.ledger.asked_again += sum(till.asked_again for till in tills)

    async def _work(self, cashier: Cashier, waiting: deque[Visit], done: Done) -> None:
        while waiting:
            visit = waiting.popleft()
            if self._admit is not None:
                await self._admit()
            await cashier.serve(visit, self._tokens.coupons[visit.coupon])
            done(1)

    def _forger(self, store: str) -> Forger:
        return Forger(
            store=store,
            now=SystemClock().wall(),
            key=Ed25519PrivateKey.generate(),
            issued={kind: iter(self._tokens.hostile.get((store, kind), ())) for kind in ISSUED},
        )

    async def _expect_all_waiting(self, site: StoreSite) -> None:
        """While the line is cut the outbox holds every event and HQ has none of them."""
        recorded = sum(sale.store == site.code for sale in self.ledger.sales)
        status = await site.status()
        async with self._chain.hq.connection() as connection:
            at_hq = len(await books.hq_lines(connection, site.code))
        if (status.outbox.pending, at_hq) != (recorded, 0):
            self.ledger.fault(
                f"{site.code}, cut off: expected {recorded} events in the outbox and none at HQ, "
                f"got {status.outbox.pending} and {at_hq}"
            )

    async def _settle(self, done: Done) -> None:
        """Wait until HQ's figures are the stores' own; what stays different, the audit tells."""
        async with self._chain.hq.connection() as connection:
            await until(
                "HQ has settled every event",
                partial(books.is_settled, connection),
                timeout_s=SETTLE_TIMEOUT_S,
            )
            for site in self._sites:
                with suppress(NotInTimeError):
                    await until(
                        f"{site.code} was told",
                        partial(books.are_equal, connection, site),
                        timeout_s=SETTLE_TIMEOUT_S,
                    )
                done(1)

    @contextmanager
    def _step(self, name: str, total: int) -> Iterator[Done]:
        """Show a step while it runs; the function given takes how much more of it is done."""
        task = self._progress.add_task(name, total=total)
        yield lambda more: self._progress.advance(task, more)
