"""Coupons redeemed one by one on one order of the POS hold together, as they would on one sale."""

from typing import Any
from uuid import uuid4

import msgspec
import pytest

from agent.base.clock import DAY_MS, HOUR_MS
from agent.domain.coupons.token import Channel
from agent.domain.outcome import Outcome, Reason
from agent.services.coupons.redeem import (
    RedemptionAnswer,
    RedemptionOrder,
    ReversalAnswer,
    ReversalOrder,
    redeem,
    reverse,
)
from agent.services.desk.once import Ticket
from agent.services.desk.store_desk import StoreDesk
from agent.services.line.apply_changes import ChangeApplier
from tests.services.chain import BOUND, MEMBER, TENTH_OFF, Chain
from tests.services.feed import change, page
from tests.services.stopped_clock import StoppedClock

OTHERS = "ee" * 12


@pytest.fixture(autouse=True)
async def feed(chain: Chain, desk: StoreDesk) -> None:
    other = change(
        "member", OTHERS, member_id=OTHERS, tier="", points=0, phone_masked="", through_seq=0
    )
    await ChangeApplier(desk).apply(chain.page())
    await ChangeApplier(desk).apply(page(other, at=desk.time.now()))


def ticket() -> Ticket:
    return Ticket(client="pos", key=uuid4().hex, request_hash=b"")


async def used(
    desk: StoreDesk, code: str, *, ref: str | None = "R1", fen: int = 12_000, **more: Any
) -> RedemptionAnswer:
    order = {"till": "T1", "cashier": "C7", "code": code, "order_fen": fen, "order_ref": ref}
    answer = await redeem(desk, msgspec.convert(order | more, RedemptionOrder), ticket())
    return msgspec.json.decode(answer.body, type=RedemptionAnswer)


async def taken_back(desk: StoreDesk, redemption_id: str | None) -> ReversalAnswer:
    order = ReversalOrder(till="T1", cashier="C7", why="退")
    answer = await reverse(desk, redemption_id or "", order, ticket())
    return msgspec.json.decode(answer.body, type=ReversalAnswer)


def why(answer: RedemptionAnswer) -> Reason | None:
    assert answer.redeemed == (answer.verdict.reason is None)
    return answer.verdict.reason


async def test_one_order_takes_as_many_coupons_as_one_sale(chain: Chain, desk: StoreDesk) -> None:
    offline = chain.token(TENTH_OFF, channel=Channel.OFFLINE)
    assert why(await used(desk, chain.token())) is None
    assert why(await used(desk, chain.token())) is Reason.COUPON_LIMIT
    assert why(await used(desk, offline)) is None
    third = await used(desk, chain.token(TENTH_OFF))
    assert (why(third), third.verdict.detail) == (Reason.COUPON_LIMIT, {"limit": 2})


async def test_another_order_and_one_without_a_number_are_judged_by_themselves(
    chain: Chain, desk: StoreDesk
) -> None:
    for ref in ("R1", "R2", None, None):
        assert why(await used(desk, chain.token(), ref=ref)) is None


async def test_what_is_taken_back_leaves_its_place(chain: Chain, desk: StoreDesk) -> None:
    first = await used(desk, chain.token())
    assert why(await used(desk, chain.token())) is Reason.COUPON_LIMIT
    assert (await taken_back(desk, first.verdict.redemption_id)).usable_again
    assert why(await used(desk, chain.token())) is None


async def test_coupons_of_one_order_take_no_more_than_its_sum(
    chain: Chain, desk: StoreDesk
) -> None:
    most = {"campaign": 20, "name": "减90", "class": "bound", "starts_at": 0, "ends_at": 2**52}
    rule = {"type": "amount_off", "min_fen": 0, "off_fen": 9_000}
    await ChangeApplier(desk).apply(
        page(change("campaign", "20", **most, rule=rule), at=desk.time.now())
    )
    first = await used(desk, chain.token(20), fen=10_000)
    second = await used(desk, chain.token(20, channel=Channel.OFFLINE), fen=10_000)
    assert (first.verdict.discount_fen, second.verdict.discount_fen) == (9_000, 1_000)


async def test_an_order_that_shrank_below_the_minimum_of_its_coupon_takes_no_other(
    chain: Chain, desk: StoreDesk
) -> None:
    """BOUND needs 100 yuan; TENTH_OFF would be good by itself."""
    assert why(await used(desk, chain.token(BOUND), fen=10_000)) is None
    offline = chain.token(TENTH_OFF, channel=Channel.OFFLINE)
    told = await used(desk, offline, fen=9_999)
    assert why(told) is Reason.MIN_SPEND_NOT_MET
    assert told.verdict.detail["short_yuan"] == "0.01"
    assert why(await used(desk, offline, fen=10_000)) is None


async def test_coupons_of_two_members_are_not_one_order(chain: Chain, desk: StoreDesk) -> None:
    of_one = chain.token(member=MEMBER)
    of_other = chain.token(TENTH_OFF, member=OTHERS, channel=Channel.OFFLINE)
    assert why(await used(desk, of_one, member_id=MEMBER)) is None
    assert why(await used(desk, of_other, member_id=OTHERS)) is Reason.NOT_THIS_MEMBER
    assert why(await used(desk, of_other, member_id=OTHERS, ref="R2")) is None


async def test_a_coupon_issued_to_a_member_is_taken_from_nobody_else(
    chain: Chain, desk: StoreDesk
) -> None:
    code = chain.token(member=MEMBER)
    assert why(await used(desk, code)) is Reason.MEMBER_REQUIRED
    assert why(await used(desk, code, member_id=OTHERS)) is Reason.NOT_THIS_MEMBER
    assert why(await used(desk, code, member_id=MEMBER)) is None


async def test_a_number_that_comes_again_on_the_next_day_is_another_order(
    chain: Chain, desk: StoreDesk, clock: StoppedClock
) -> None:
    assert why(await used(desk, chain.token())) is None
    clock.advance(13 * HOUR_MS)
    assert why(await used(desk, chain.token())) is Reason.COUPON_LIMIT, "01:00 of the same day"
    clock.advance(DAY_MS // 2)
    assert (await used(desk, chain.token())).redeemed


async def test_the_same_request_again_gets_the_first_answer(chain: Chain, desk: StoreDesk) -> None:
    order = {"till": "T1", "cashier": "C7", "code": chain.token(), "order_fen": 12_000}
    again = msgspec.convert(order | {"order_ref": "R1"}, RedemptionOrder)
    one = ticket()
    assert (await redeem(desk, again, one)) == (await redeem(desk, again, one))


async def test_a_reversal_says_of_an_expired_coupon_that_it_is_not_good_again(
    chain: Chain, desk: StoreDesk, clock: StoppedClock
) -> None:
    first = await used(desk, chain.token(days=(-1, 1)))
    clock.advance(DAY_MS)
    told = await taken_back(desk, first.verdict.redemption_id)
    assert (told.reversed, told.usable_again, told.reason) == (True, False, Reason.EXPIRED)
    assert "过期" in told.sentence.zh_cn
    assert "expired" in told.sentence.en


async def test_coupons_of_one_order_are_counted_at_risk_once(chain: Chain, desk: StoreDesk) -> None:
    limits = {"soft_count": 2, "hard_count": 2}
    policy = msgspec.structs.replace(
        desk.trust.policy, limits=msgspec.structs.replace(desk.trust.policy.limits, **limits)
    )
    desk.trust.policy = policy
    one = await used(desk, chain.token(3, store=None))
    two = await used(desk, chain.token(3, store=None, channel=Channel.OFFLINE))
    assert [told.verdict.outcome for told in (one, two)] == [Outcome.ACCEPTED_AT_RISK] * 2
