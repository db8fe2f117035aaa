"""The state machine: whatever happens to a chain, in whatever order, its promises hold."""

import asyncio
from collections.abc import Coroutine, Sequence
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

from agent.base.clock import HOUR_MS, MINUTE_MS, SECOND_MS
from agent.services.redeem import RedemptionOrder, ReversalOrder
from tests.lab.line import LineCut
from tests.services.stopped_clock import StoppedClock
from tests.system.promises.audit import audit
from tests.system.promises.chain import Chain, Site, open_chain
from tests.system.promises.head_office import MEMBERS, PRICES_FEN, SERVERS, Coupon
from tests.system.promises.till import CASHIER, ORDER_FEN, Basket, Request

STORES = ("MB001", "MB002", "MB003")
TILLS = ("T1", "T2")
MAX_COUPONS = 6
"""Few, so that they meet."""
MAX_REVOKED = 1
MAX_CUSTOMERS = 3
"""Served in one step."""
MAX_LOST_BYTES = 1_500
"""The answers to hello and to a batch or two."""

T = TypeVar("T")

stores = st.sampled_from([*STORES, *STORES[:2], *STORES[:1] * 3])
"""Unevenly, so that one has a long history."""
tills = st.sampled_from(TILLS)
skus = st.sampled_from(sorted(PRICES_FEN))
baskets = st.builds(
    Basket,
    till=tills,
    sku=skus,
    quantity=st.integers(1, 3),
    member_id=st.none() | st.sampled_from(MEMBERS),
)
places = st.integers(0, 7)
"""Counted from the newest."""
coupons_in_hand: Bundle[Coupon] = Bundle("coupons")
customers = st.lists(st.tuples(baskets, st.none() | coupons_in_hand), max_size=MAX_CUSTOMERS)
Customers = list[tuple[Basket, Coupon | None]]


def _newest(things: Sequence[T], place: int) -> T:
    return things[-1 - place % len(things)]


between_sales = precondition(lambda self: self.sold_since)
"""At most one such rule between what tills ask."""


class ChainMachine(RuleBasedStateMachine):
    """Three stores, head office, their lines, and customers with a few coupons."""

    coupons = coupons_in_hand
    requests: Bundle[Request] = Bundle("requests")
    redemptions: Bundle[Request] = Bundle("redemptions")

    def __init__(self, runner: asyncio.Runner, site: Site) -> None:
        super().__init__()
        self._runner = runner
        self._site = site
        self._stack = AsyncExitStack()
        self._clock = StoppedClock()
        self._issued: list[Coupon] = []
        self._redeemed: dict[str, str] = {}
        """Redemption ids by the key of their request."""
        self._keys = 0
        self.sold_since = False
        """Whether a till asked anything since the last rule that happens between sales."""
        self._intact = True

    @initialize(target=coupons)
    def open(self) -> MultipleResults[Coupon]:
        """Open head office and three stores, and issue a coupon for each and one for all."""
        opening = open_chain(self._stack, STORES, self._site, self._clock)
        self.chain: Chain = self._run(opening)
        return multiple(*(self._issue(store) for store in (*STORES, None)))

    @precondition(lambda self: len(self._issued) < MAX_COUPONS)
    @between_sales
    @rule(target=coupons, store=st.none() | stores)
    def issue(self, store: str | None) -> Coupon:
        self.sold_since = False
        return self._issue(store)

    @rule(target=requests, store=stores, customers=customers)
    def sell(self, store: str, customers: Customers) -> MultipleResults[Request]:
        return self._serve(store, customers)

    @rule(targets=(requests, redemptions), store=stores, till=tills, coupon=coupons)
    def redeem(self, store: str, till: str, coupon: Coupon) -> Request:
        return self._redeem(store, till, coupon)

    @rule(
        targets=(requests, redemptions),
        everywhere=st.permutations(STORES),
        till=tills,
        coupon=coupons,
    )
    def redeem_everywhere(
        self, everywhere: list[str], till: str, coupon: Coupon
    ) -> MultipleResults[Request]:
        """One coupon after the other store's till closed the sale."""
        return multiple(*(self._redeem(store, till, coupon) for store in everywhere))

    @rule(target=requests, redemption=redemptions, till=tills)
    def reverse(self, redemption: Request, till: str) -> Request:
        order = ReversalOrder(till=till, cashier=CASHIER, why="customer changed")
        return self._ask(
            Request(
                store=redemption.store,
                key=self._key(),
                order=order,
                redemption_id=self._redeemed.get(redemption.key, "never made"),
            )
        )

    @rule(request=requests, other_body=st.booleans())
    def ask_again(self, request: Request, other_body: bool) -> None:
        """Under the same key; another body is refused."""
        if other_body:
            order = msgspec.structs.replace(request.order, cashier="C2")
            request = replace(request, order=order)
        self._ask(request)

    @between_sales
    @rule(store=stores, cut=st.booleans())
    def change_line(self, store: str, cut: bool) -> None:
        self.sold_since = False
        line = self.chain.stores[store].line
        self._run(line.cut(LineCut.REFUSE) if cut else line.mend())

    @rule(store=stores)
    def upload(self, store: str) -> None:
        self._run(self.chain.upload(store))

    @rule(store=stores, after_bytes=st.integers(0, MAX_LOST_BYTES))
    def upload_and_lose_an_answer(self, store: str, after_bytes: int) -> None:
        self.chain.stores[store].line.sever_after(after_bytes)
        self._run(self.chain.upload(store))

    @rule(store=stores, batches=st.integers(0, 2))
    def upload_and_lose_a_batch(self, store: str, batches: int) -> None:
        """After so many that arrive; the lost one may turn up later."""
        self.chain.stores[store].lose_batch(after=batches)
        self._run(self.chain.upload(store))

    @rule(store=stores)
    def poll(self, store: str) -> None:
        self._run(self.chain.poll(store))

    @rule(limit=st.integers(1, 3))
    def settle(self, limit: int) -> None:
        self._run(self.chain.hq.settle(limit=limit))

    @precondition(lambda self: self.chain.sent)
    @rule(place=places, servers=st.lists(st.integers(0, SERVERS - 1), min_size=1, max_size=3))
    def repeat_batch(self, place: int, servers: list[int]) -> None:
        self._run(self.chain.repeat_batch(_newest(self.chain.sent, place), servers))

    @between_sales
    @rule(store=stores, kill=st.booleans())
    def restart_store(self, store: str, kill: bool) -> None:
        self.sold_since = False
        self._run(self.chain.kill(store) if kill else self.chain.restart(store))

    @rule(target=requests, store=stores, customers=customers, heard=st.booleans())
    def copy_disk(self, store: str, customers: Customers, heard: bool) -> MultipleResults[Request]:
        """And sell on, heard by HQ or not."""
        self._run(self.chain.copy_disk(store))
        requests = self._serve(store, customers)
        if heard:
            self._run(self.chain.upload(store))
        return requests

    @precondition(lambda self: self.chain.copies)
    @rule(target=requests, place=places, customers=customers)
    def restore_disk(self, place: int, customers: Customers) -> MultipleResults[Request]:
        """And sell on."""
        copy = _newest(self.chain.copies, place)
        self._run(self.chain.restore_disk(copy))
        return self._serve(copy.store, customers)

    @between_sales
    @rule()
    def restart_head_office(self) -> None:
        self.sold_since = False
        self._run(self.chain.hq.restart())

    @precondition(lambda self: len(self.chain.book.revoked) < MAX_REVOKED)
    @between_sales
    @rule(coupon=coupons)
    def revoke(self, coupon: Coupon) -> None:
        self.sold_since = False
        self._run(self.chain.revoke(coupon))

    @between_sales
    @rule(store=stores, sku=skus, pieces=st.integers(1, 5))
    def deliver(self, store: str, sku: str, pieces: int) -> None:
        self.sold_since = False
        self._run(self.chain.deliver(store, sku, pieces))

    @between_sales
    @rule(ms=st.sampled_from((MINUTE_MS, HOUR_MS, 20 * HOUR_MS)))
    def let_time_pass(self, ms: int) -> None:
        self.sold_since = False
        self._clock.advance(ms)

    @between_sales
    @rule()
    def come_to_rest(self) -> None:
        self.sold_since = False
        self._run(self._audit())

    def teardown(self) -> None:
        """Let everything come to rest once more, unless a promise was broken already."""
        try:
            if self._intact and self._issued:
                self._run(self._audit())
        finally:
            self._runner.run(self._stack.aclose())

    async def _audit(self) -> None:
        await self.chain.drain()
        await audit(self.chain, self._issued)

    def _issue(self, store: str | None) -> Coupon:
        coupon = self._run(self.chain.hq.issue(store))
        self._issued.append(coupon)
        return coupon

    def _serve(self, store: str, customers: Customers) -> MultipleResults[Request]:
        return multiple(*(self._sell(store, basket, coupon) for basket, coupon in customers))

    def _sell(self, store: str, basket: Basket, coupon: Coupon | None) -> Request:
        order = basket.sale(coupon)
        return self._ask(Request(store=store, key=self._key(), order=order, coupon=coupon))

    def _redeem(self, store: str, till: str, coupon: Coupon) -> Request:
        order = RedemptionOrder(till=till, cashier=CASHIER, code=coupon.token, order_fen=ORDER_FEN)
        return self._ask(Request(store=store, key=self._key(), order=order, coupon=coupon))

    def _ask(self, request: Request) -> Request:
        self._clock.advance(SECOND_MS)
        fact = self._run(self.chain.ask(request))
        self.sold_since = True
        if isinstance(request.order, RedemptionOrder) and fact is not None:
            (redemption,) = fact.redemptions
            self._redeemed[request.key] = redemption.redemption_id
        return request

    def _key(self) -> str:
        self._keys += 1
        return f"request-{self._keys}"

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
