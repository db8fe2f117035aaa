"""A coupon taken back is free again at once, unless another store used it."""

import json
from typing import Any

import msgspec
import pytest

from agent.services.apply_changes import ChangeApplier
from agent.services.once import Ticket
from agent.services.redeem import RedemptionOrder, ReversalOrder, redeem, reverse
from agent.services.store_desk import StoreDesk
from sync.protocol.messages import Change, ChangesPage
from tests.services.chain import CHAIN_WIDE, OTHER_STORE, STORE, Chain

COUPON = "cc" * 12


def ticket(key: str) -> Ticket:
    return Ticket(client="c", key=key, request_hash=b"")


async def redeemed(desk: StoreDesk, code: str, key: str) -> dict[str, Any]:
    order = RedemptionOrder(till="T1", cashier="C7", code=code, order_fen=12_000)
    answer: dict[str, Any] = json.loads((await redeem(desk, order, ticket(key))).body)
    return answer


async def tell_used(desk: StoreDesk, chain: Chain, store: str) -> None:
    body = {"coupon_id": COUPON, "state": "used", "store": store, "till": "T1", "receipt": "R"}
    told = Change(entity="coupon", key=COUPON, body=msgspec.Raw(msgspec.json.encode(body)))
    page = ChangesPage(
        cursor="2", more=False, hq_epoch="e1", server_time=chain.now, changes=(told,)
    )
    await ChangeApplier(desk).apply(page)


@pytest.mark.parametrize(("told_of", "free"), [(STORE, True), (OTHER_STORE, False)])
async def test_what_head_office_told_of_the_use_taken_back_counts_no_longer(
    chain: Chain, desk: StoreDesk, told_of: str, free: bool
) -> None:
    await ChangeApplier(desk).apply(chain.page())
    code = chain.token(CHAIN_WIDE, store=None, coupon_id=COUPON)
    first = await redeemed(desk, code, "1")
    await tell_used(desk, chain, told_of)
    order = ReversalOrder(till="T1", cashier="C7", why="退")
    await reverse(desk, first["verdict"]["redemption_id"], order, ticket("2"))
    again = await redeemed(desk, code, "3")
    assert again["redeemed"] is free
    assert again["verdict"]["reason"] == ("chain_wide" if free else "already_used")
