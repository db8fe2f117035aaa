"""Histories through which promises are hard to keep: disks set back, coupons used over and over."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from agent.domain.selling.events import SaleRecorded
from tests.services.stopped_clock import StoppedClock
from tests.system.promises import sabotage
from tests.system.promises.audit import audit
from tests.system.promises.books import Fact, PromiseBrokenError
from tests.system.promises.chain import Chain, Site, open_chain
from tests.system.promises.customers import STORES
from tests.system.promises.head_office import MEMBERS, Coupon
from tests.system.promises.till import Basket, Request, back_fen, redemption, refund, reversal

STORE = STORES[0]
TILL = "T1"
BASKET = Basket(till=TILL, sku="TEA", quantity=1, member_id=MEMBERS[0])


class Customers:
    """What customers do in a history; every answer is checked."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self._asked = 0

    async def buy(self, *, times: int) -> None:
        """Buy without a coupon."""
        for _ in range(times):
            await self._ask(Request(store=STORE, key=self._key(), order=BASKET.sale(None)))

    async def redeem(self, coupon: Coupon, *, store: str = STORE) -> str:
        """Use a coupon; return the redemption, empty if the store refused."""
        order = redemption(TILL, coupon)
        fact = await self._ask(Request(store=store, key=self._key(), order=order, coupon=coupon))
        return fact.redemptions[0].redemption_id if fact else ""

    async def take_back(self, redemption_id: str, *, store: str = STORE) -> None:
        """Take a redemption back."""
        order = reversal(TILL)
        request = Request(store=store, key=self._key(), order=order, redemption_id=redemption_id)
        assert await self._ask(request) is not None

    async def give_back(self) -> None:
        """Give all of the last sale back."""
        book = self.chain.book.stores[STORE]
        sale = book.journal[-1].body
        assert isinstance(sale, SaleRecorded)
        order = refund(TILL, None, back_fen(book, sale.sale_id, None))
        await self._ask(Request(store=STORE, key=self._key(), order=order, sale_id=sale.sale_id))

    async def _ask(self, request: Request) -> Fact | None:
        return await self.chain.ask(request)

    def _key(self) -> str:
        self._asked += 1
        return f"request-{self._asked}"


@pytest.fixture
async def chain(site: Site) -> AsyncIterator[Chain]:
    async with AsyncExitStack() as stack:
        yield await open_chain(stack, STORES, site, StoppedClock())


@pytest.fixture
def customers(chain: Chain) -> Customers:
    return Customers(chain)


async def part_ways(customers: Customers) -> None:
    """Let a store sell on from an older disk, so long that HQ finds an earlier common place."""
    chain = customers.chain
    await customers.buy(times=3)
    before = chain.keep_copy(STORE)
    await customers.buy(times=1)
    await chain.upload(STORE)
    await chain.restore_disk(STORE, before)
    await customers.buy(times=4)


async def rest(chain: Chain, *coupons: Coupon) -> None:
    await chain.drain()
    await audit(chain, coupons)


async def test_sales_that_both_disks_hold_count_once(customers: Customers) -> None:
    await part_ways(customers)
    await rest(customers.chain)
    assert await customers.chain.hq.db.fetchval("SELECT count(*) FROM event WHERE duplicate") == 3


async def test_an_old_disk_that_only_says_hello_moves_nothing(customers: Customers) -> None:
    chain = customers.chain
    await customers.buy(times=2)
    before = chain.keep_copy(STORE)
    await customers.buy(times=2)
    await chain.upload(STORE)
    await chain.restore_disk(STORE, before)
    await rest(chain)
    assert await chain.hq.accepted_seq(STORE) == 4
    await customers.buy(times=1)
    await rest(chain)
    assert await chain.hq.accepted_seq(STORE) == 3


async def test_a_batch_that_comes_again_makes_no_refund_a_repeated_one(
    customers: Customers,
) -> None:
    chain = customers.chain
    await customers.buy(times=1)
    await chain.upload(STORE)
    await customers.give_back()
    await chain.upload(STORE)
    await chain.repeat_batch(chain.sent[-1], servers=[0])
    await rest(chain)


async def test_control_a_receiver_that_forgets_ids_counts_them_twice(
    customers: Customers, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sabotage.forget_ids(site.dsn, monkeypatch)
    await part_ways(customers)
    with pytest.raises(PromiseBrokenError, match="promise 2"):
        await rest(customers.chain)


async def test_a_use_that_was_lost_with_the_disk_stands_when_an_older_one_is_taken_back(
    customers: Customers,
) -> None:
    chain = customers.chain
    coupon = await chain.hq.issue(STORE)
    first = await customers.redeem(coupon)
    before = chain.keep_copy(STORE)
    await customers.take_back(first)
    await customers.redeem(coupon)
    await chain.upload(STORE)
    await chain.restore_disk(STORE, before)
    await customers.take_back(first)
    await chain.upload(STORE)
    await chain.poll(STORE)
    assert not await customers.redeem(coupon)
    await rest(chain, coupon)


async def test_a_use_taken_back_while_hq_tells_of_it_frees_the_coupon(
    customers: Customers,
) -> None:
    chain = customers.chain
    coupon = await chain.hq.issue(STORE)
    await customers.buy(times=1)
    use = await customers.redeem(coupon)
    await part_ways(customers)
    await chain.upload(STORE)
    await customers.take_back(use)
    await rest(chain, coupon)
    assert await customers.redeem(coupon)


async def test_of_many_uses_each_earlier_than_the_last_heard_any_may_be_taken_back(
    customers: Customers,
) -> None:
    chain = customers.chain
    coupon = await chain.hq.issue(None)
    uses = {store: await customers.redeem(coupon, store=store) for store in STORES}
    for store in reversed(STORES):
        await chain.upload(store)
        await chain.hq.settle(limit=1)
        chain.clock.advance(1)
    await customers.take_back(uses[STORES[0]], store=STORES[0])
    await rest(chain, coupon)
