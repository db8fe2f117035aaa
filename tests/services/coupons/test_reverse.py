"""A coupon taken back is free again at once, unless another use of it stands."""

import json
from typing import Any

import msgspec
import pytest

from agent.services.coupons.redeem import RedemptionOrder, ReversalOrder, redeem, reverse
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from sync.protocol.messages import Change, ChangesPage
from tests.services.chain import CHAIN_WIDE, STORE, Chain

COUPON = "cc" * 12


def ticket(key: str) -> Ticket:
    return Ticket(client="c", key=key, request_hash=b"")


async def redeemed(desk: StoreDesk, code: str, key: str) -> dict[str, Any]:
    order = RedemptionOrder(till="T1", cashier="C7", code=code, order_fen=12_000)
    answer: dict[str, Any] = json.loads((await redeem(desk, order, ticket(key))).body)
    return answer


async def tell(desk: StoreDesk, chain: Chain, state: str, redemption_id: str = "") -> None:
    body = {"coupon_id": COUPON, "state": state, "redemption_id": redemption_id, "store": STORE}
    told = Change(entity="coupon", key=COUPON, body=msgspec.Raw(msgspec.json.encode(body)))
    page = ChangesPage(
        cursor="2", more=False, hq_epoch="e1", server_time=chain.now, changes=(told,)
    )
    await ChangeApplier(desk).apply(page)


async def take_back(desk: StoreDesk, redemption_id: str) -> None:
    order = ReversalOrder(till="T1", cashier="C7", why="退")
    await reverse(desk, redemption_id, order, ticket("taken back"))


@pytest.fixture
async def code(chain: Chain, desk: StoreDesk) -> str:
    await ChangeApplier(desk).apply(chain.page())
    return chain.token(CHAIN_WIDE, store=None, coupon_id=COUPON)


@pytest.fixture
async def used(desk: StoreDesk, code: str) -> str:
    """The id of a redemption of `code`."""
    first = await redeemed(desk, code, "1")
    return str(first["verdict"]["redemption_id"])


async def test_what_head_office_told_of_the_use_taken_back_counts_no_longer(
    chain: Chain, desk: StoreDesk, code: str, used: str
) -> None:
    await tell(desk, chain, "used", used)
    await take_back(desk, used)
    assert (await redeemed(desk, code, "2"))["redeemed"]


async def test_what_head_office_tells_late_of_the_use_taken_back_does_not_count(
    chain: Chain, desk: StoreDesk, code: str, used: str
) -> None:
    await take_back(desk, used)
    await tell(desk, chain, "used", used)
    assert (await redeemed(desk, code, "2"))["redeemed"]


async def test_another_use_that_head_office_told_stands(
    chain: Chain, desk: StoreDesk, code: str, used: str
) -> None:
    await tell(desk, chain, "used", "a use that went with another disk of this store")
    await take_back(desk, used)
    again = await redeemed(desk, code, "2")
    assert (again["redeemed"], again["verdict"]["reason"]) == (False, "already_used")


async def test_a_revocation_stands_whatever_is_told_of_uses_after_it(
    chain: Chain, desk: StoreDesk, code: str, used: str
) -> None:
    await tell(desk, chain, "revoked")
    await tell(desk, chain, "used", used)
    await take_back(desk, used)
    again = await redeemed(desk, code, "2")
    assert (again["redeemed"], again["verdict"]["reason"]) == (False, "revoked")
