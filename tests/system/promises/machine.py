"""The state machine: whatever happens to a chain, in whatever order, its promises hold."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, TypeVar

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
)

from agent.base.clock import HOUR_MS, MINUTE_MS
from agent.domain.selling.events import SaleRecorded
from tests.lab.line import LineCut
from tests.services.stopped_clock import StoppedClock
from tests.system.promises.audit import audit
from tests.system.promises.chain import Chain, Site, open_chain
from tests.system.promises.customers import (
    STORES,
    Visit,
    coupons,
    newest,
    places,
    skus,
    stores,
    tills,
    visits,
)
from tests.system.promises.head_office import SERVERS, Coupon
from tests.system.promises.till import Order, Request, back_fen, redemption, refund, reversal

MAX_COUPONS = 6
MAX_REVOKED = 1
RESTLESS = 15
"""Requests before everything comes to rest on the way."""
MAX_LOST_BYTES = 1_500
"""The answers to hello and to a batch or two."""

T = TypeVar("T")

requests: Bundle[Request] = Bundle("requests")


def amid_business(**strategies: Any) -> Callable[[Callable[..., None]], Any]:
    """Make a rule of something that happens after a few customers, and maybe an upload."""

    def rule_of(act: Callable[..., None]) -> Any:
        def step(
            self: "ChainMachine", visits: list[Visit], heard: str | None, **given: Any
        ) -> MultipleResults[Request]:
            asked = [self.serve(visit) for visit in visits]
            if heard is not None:
                self.hear(heard)
            act(self, **given)
            return multiple(*asked)

        step.__name__ = act.__name__
        given: dict[str, Any] = {"visits": visits, "heard": st.none() | stores, **strategies}
        return rule(target=requests, **given)(step)

    return rule_of


class ChainMachine(RuleBasedStateMachine):
    """Three stores, head office, their lines, and customers with a few coupons."""

    coupons = coupons
    requests = requests

    def __init__(self, runner: asyncio.Runner, site: Site) -> None:
        super().__init__()
        self._runner = runner
        self._site = site
        self._stack = AsyncExitStack()
        self._clock = StoppedClock()
        self._issued: list[Coupon] = []
        self._redeemed: list[tuple[str, str]] = []
        """Store and redemption id."""
        self._sold: list[tuple[str, str]] = []
        """Store and sale id."""
        self._asked = 0
        self._rested_after = 0
        """So many requests."""
        self._intact = True

    @initialize(target=coupons)
    def open(self) -> MultipleResults[Coupon]:
        """Open head office and three stores, and issue the first coupons, two of them for all."""
        self.chain: Chain = self._run(open_chain(self._stack, STORES, self._site, self._clock))
        return multiple(*(self._issue(store) for store in (*STORES[:2], None, None)))

    @precondition(lambda self: len(self._issued) < MAX_COUPONS)
    @rule(target=coupons, store=st.none() | stores)
    def issue(self, store: str | None) -> Coupon:
        return self._issue(store)

    @rule(target=requests, everywhere=st.permutations(STORES), till=tills, coupon=coupons)
    def redeem_everywhere(
        self, everywhere: list[str], till: str, coupon: Coupon
    ) -> MultipleResults[Request]:
        order = redemption(till, coupon)
        return multiple(*(self._ask(store, order, coupon=coupon) for store in everywhere))

    @precondition(lambda self: self._redeemed)
    @rule(target=requests, place=places, till=tills)
    def reverse(self, place: int, till: str) -> Request:
        store, redemption_id = newest(self._redeemed, place)
        return self._ask(store, reversal(till), redemption_id=redemption_id)

    @precondition(lambda self: self._sold)
    @rule(target=requests, place=places, till=tills, pieces=st.none() | st.integers(1, 2))
    def refund_twice(self, place: int, till: str, pieces: int | None) -> MultipleResults[Request]:
        """Give pieces of a sale back, or all that is left of it; then the same once more."""
        store, sale_id = newest(self._sold, place)
        return multiple(*(self._refund(store, sale_id, till, pieces) for _ in range(2)))

    @rule(request=requests, other_body=st.booleans())
    def ask_again(self, request: Request, other_body: bool) -> None:
        """Under the same key; another body is refused."""
        if other_body:
            order = msgspec.structs.replace(request.order, cashier="C2")
            request = replace(request, order=order)
        self._run(self.chain.ask(request))

    @amid_business(store=stores, cut=st.booleans())
    def change_line(self, store: str, cut: bool) -> None:
        line = self.chain.stores[store].line
        self._run(line.cut(LineCut.REFUSE) if cut else line.mend())

    @amid_business(store=stores, after_bytes=st.integers(0, MAX_LOST_BYTES))
    def upload_and_lose_an_answer(self, store: str, after_bytes: int) -> None:
        self.chain.stores[store].line.sever_after(after_bytes)
        self.hear(store)

    @amid_business(store=stores, batches=st.integers(0, 2))
    def upload_and_lose_a_batch(self, store: str, batches: int) -> None:
        """After so many that arrive; the lost one may turn up later."""
        self.chain.stores[store].lose_batch(after=batches)
        self.hear(store)

    @precondition(lambda self: self.chain.sent)
    @amid_business(
        place=places, servers=st.lists(st.integers(0, SERVERS - 1), min_size=1, max_size=3)
    )
    def repeat_batch(self, place: int, servers: list[int]) -> None:
        self._run(self.chain.repeat_batch(newest(self.chain.sent, place), servers))

    @amid_business(store=stores)
    def poll(self, store: str) -> None:
        self._run(self.chain.poll(store))

    @amid_business(limit=st.integers(1, 3))
    def settle(self, limit: int) -> None:
        self._run(self.chain.hq.settle(limit=limit))

    @amid_business()
    def restart_head_office(self) -> None:
        self._run(self.chain.hq.restart())

    @amid_business(store=stores, kill=st.booleans())
    def restart_store(self, store: str, kill: bool) -> None:
        self._run(self.chain.kill(store) if kill else self.chain.restart(store))

    @amid_business(store=stores, place=places)
    def restore_disk(self, store: str, place: int) -> None:
        self._run(self.chain.restore_disk(store, newest(self.chain.copies[store], place)))

    @precondition(lambda self: len(self.chain.book.revoked) < MAX_REVOKED)
    @amid_business(coupon=coupons)
    def revoke(self, coupon: Coupon) -> None:
        self._run(self.chain.revoke(coupon))

    @amid_business(store=stores, sku=skus, pieces=st.integers(1, 5))
    def deliver(self, store: str, sku: str, pieces: int) -> None:
        self._run(self.chain.deliver(store, sku, pieces))

    @amid_business(ms=st.sampled_from((MINUTE_MS, HOUR_MS, 20 * HOUR_MS)))
    def let_time_pass(self, ms: int) -> None:
        self._clock.advance(ms)

    @precondition(lambda self: self._asked > self._rested_after + RESTLESS)
    @amid_business()
    def come_to_rest(self) -> None:
        self._run(self._audit())
        self._rested_after = self._asked

    def teardown(self) -> None:
        """Let everything come to rest once more, unless a promise was broken already."""
        try:
            if self._intact and self._issued:
                self._run(self._audit())
        finally:
            self._runner.run(self._stack.aclose())

    def serve(self, visit: Visit) -> Request:
        """Let a customer buy, or use a coupon on an order that the POS keeps."""
        if visit.coupon is not None and visit.order_elsewhere:
            order = redemption(visit.basket.till, visit.coupon)
            return self._ask(visit.store, order, coupon=visit.coupon)
        return self._ask(visit.store, visit.basket.sale(visit.coupon), coupon=visit.coupon)

    def hear(self, store: str) -> None:
        """Let a store upload what it has."""
        self._run(self.chain.upload(store))

    def _refund(self, store: str, sale_id: str, till: str, pieces: int | None) -> Request:
        fen = back_fen(self.chain.book.stores[store], sale_id, pieces)
        return self._ask(store, refund(till, pieces, fen), sale_id=sale_id)

    def _ask(self, store: str, order: Order, **about: Any) -> Request:
        self._asked += 1
        request = Request(store=store, key=f"request-{self._asked}", order=order, **about)
        fact = self._run(self.chain.ask(request))
        if fact is not None:
            self._redeemed += [(store, use.redemption_id) for use in fact.redemptions]
            if isinstance(fact.body, SaleRecorded):
                self._sold.append((store, fact.body.sale_id))
        return request

    def _issue(self, store: str | None) -> Coupon:
        coupon = self._run(self.chain.hq.issue(store))
        self._issued.append(coupon)
        return coupon

    async def _audit(self) -> None:
        await self.chain.drain()
        await audit(self.chain, self._issued)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._runner.run(work)
        except BaseException:
            self._intact = False
            raise


def machine_on(site: Site, runner: asyncio.Runner) -> type[ChainMachine]:
    """Return the machine whose chains are built at `site` and run by `runner`."""

    class MachineHere(ChainMachine):
        def __init__(self) -> None:
            super().__init__(runner, site)

    return MachineHere
