"""What was sold goes back: each piece once, its money to the fen, its coupon when all is back."""

import asyncio
import json
from typing import Any

import msgspec
import pytest

from agent.base.clock import DAY_MS
from agent.domain.outcome import Outcome, Reason
from agent.domain.staff.cashier import Role
from agent.services.desk.caller import Caller
from agent.services.desk.errors import PastRetentionError, RequestError
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.housekeeping import Housekeeping
from agent.services.line.apply_changes import ChangeApplier
from agent.services.line.outbox import JournalOutbox
from agent.services.refunds.errors import LineNamedTwiceError, NothingLeftError, PiecesNotLeftError
from agent.services.refunds.refund import RefundAnswer, RefundQuote, Refunds
from agent.services.refunds.refundable import refundable
from agent.services.selling.errors import (
    GivenWithoutCashError,
    TendersMismatchError,
    UnknownSaleError,
)
from agent.store import members
from sync.protocol.messages import Point
from tests.services.cash.money import (
    POS,
    SUPERVISOR_FROM,
    figure,
    last_body,
    refund_order,
    refunded,
    sold,
    ticket,
)
from tests.services.chain import BOUND, COLA, COLA_ONLY, COLA_STOCK, MEMBER, STORE, Chain
from tests.services.days import live_through
from tests.services.feed import change, page
from tests.services.stopped_clock import StoppedClock

TOTAL, OFF = 12_680, 2_000
STOCK = "SELECT quantity FROM stock WHERE sku = ?"
COUPON = "cc" * 12


@pytest.fixture(autouse=True)
async def feed(chain: Chain, desk: StoreDesk) -> None:
    await ChangeApplier(desk).apply(chain.page())


@pytest.fixture
async def sale_id(chain: Chain, desk: StoreDesk) -> str:
    """A sale to a member with a coupon: 119.80 of rice, 7.00 of cola, 20.00 off."""
    code = chain.token(coupon_id=COUPON)
    sale = await sold(desk, pay=TOTAL - OFF, coupons=[code], member_id=MEMBER)
    return sale.sale_id or ""


async def points(desk: StoreDesk) -> int:
    member = await desk.database.read(lambda db: members.member(db, MEMBER))
    assert member is not None
    return member.points


async def coupons_in_use(desk: StoreDesk) -> int:
    return int(await figure(desk, "SELECT count(*) FROM redemption WHERE reversed_seq IS NULL"))


async def quoted(desk: StoreDesk, sale_id: str, *lines: tuple[int, int]) -> RefundAnswer:
    wanted = {"lines": [{"place": place, "quantity": quantity} for place, quantity in lines]}
    quote = msgspec.convert(wanted, RefundQuote)
    return await Refunds(supervisor_from_fen=SUPERVISOR_FROM).quote(desk, sale_id, quote, POS)


async def test_a_whole_refund_gives_money_stock_points_and_coupon_back(
    desk: StoreDesk, sale_id: str
) -> None:
    assert (await points(desk), await coupons_in_use(desk)) == (206, 1)

    told = await refunded(desk, sale_id, TOTAL - OFF)

    assert (told.recorded, told.outcome) == (True, Outcome.ACCEPTED)
    assert (told.refunded_fen, told.points_back) == (10_680, 106)
    assert [use.coupon_id for use in told.freed] == [COUPON]
    assert (told.receipt_no, told.receipt, told.seq) == (2, "MB001-T1-000002", 2)
    assert (await points(desk), await coupons_in_use(desk)) == (100, 0)
    assert await figure(desk, STOCK, COLA) == COLA_STOCK
    body = await last_body(desk)
    assert (body["sale_id"], body["approved_by"], body["why"]) == (sale_id, "S1", "退")


async def test_partial_refunds_come_to_exactly_what_was_paid(desk: StoreDesk, sale_id: str) -> None:
    back = []
    for place in (1, 0, 0, 1):
        quote = await quoted(desk, sale_id, (place, 1))
        told = await refunded(desk, sale_id, quote.refunded_fen, (place, 1))
        assert (told.lines, told.points_back) == (quote.lines, quote.points_back)
        back.append(told)
    assert sum(one.refunded_fen for one in back) == TOTAL - OFF
    assert sum(one.points_back for one in back) == 106
    assert [one.receipt_no for one in back] == [2, 3, 4, 5]
    assert await points(desk) == 100


async def test_a_coupon_is_free_only_when_nothing_of_its_sale_is_left(
    desk: StoreDesk, sale_id: str
) -> None:
    part = await quoted(desk, sale_id, (0, 2), (1, 1))
    assert (await refunded(desk, sale_id, part.refunded_fen, (0, 2), (1, 1))).freed == ()
    assert await coupons_in_use(desk) == 1
    rest = await quoted(desk, sale_id, (1, 1))
    assert len((await refunded(desk, sale_id, rest.refunded_fen, (1, 1))).freed) == 1
    assert await coupons_in_use(desk) == 0


async def test_a_coupon_for_certain_articles_takes_nothing_off_the_others(
    chain: Chain, desk: StoreDesk
) -> None:
    sale = await sold(desk, pay=TOTAL - 70, coupons=[chain.token(COLA_ONLY)])
    whole = await refundable(desk, sale.sale_id or "")
    assert [line.amount_fen for line in whole.lines] == [11_980, 630]


async def test_what_may_still_come_back_is_told_line_by_line(desk: StoreDesk, sale_id: str) -> None:
    before = await refundable(desk, sale_id)
    assert [(line.sold, line.left) for line in before.lines] == [(2, 2), (2, 2)]
    assert (before.refundable_fen, before.receipt) == (TOTAL - OFF, "MB001-T1-000001")
    part = await quoted(desk, sale_id, (0, 2))
    await refunded(desk, sale_id, part.refunded_fen, (0, 2))
    after = await refundable(desk, sale_id)
    assert [line.left for line in after.lines] == [0, 2]
    assert after.refundable_fen == TOTAL - OFF - part.refunded_fen
    assert [(one.kind, one.amount_fen) for one in after.tenders] == [("cash", after.refundable_fen)]


@pytest.mark.parametrize(
    ("lines", "back_fen", "more", "error"),
    [
        (((0, 3),), 100, {}, PiecesNotLeftError),
        (((2, 1),), 100, {}, PiecesNotLeftError),
        (((0, 1), (0, 1)), 100, {}, LineNamedTwiceError),
        (((0, 1),), 100, {}, TendersMismatchError),
        ((), TOTAL, {}, TendersMismatchError),
        (
            (),
            0,
            {"tenders": [{"kind": "cash", "amount_fen": TOTAL - OFF, "given_fen": 20_000}]},
            GivenWithoutCashError,
        ),
    ],
)
async def test_a_refund_that_can_not_be_is_refused_and_nothing_is_recorded(
    desk: StoreDesk,
    sale_id: str,
    lines: tuple[tuple[int, int], ...],
    back_fen: int,
    more: dict[str, Any],
    error: type[RequestError],
) -> None:
    with pytest.raises(error):
        await refunded(desk, sale_id, back_fen, *lines, **more)
    assert await figure(desk, "SELECT count(*) FROM journal") == 1
    assert await figure(desk, "SELECT last_no FROM receipt_counter") == 1


async def test_a_sale_that_was_not_made_here_is_not_refunded(desk: StoreDesk) -> None:
    with pytest.raises(UnknownSaleError):
        await refunded(desk, "another-stores-sale", 100)


async def test_the_same_pieces_asked_for_at_once_come_back_once(
    desk: StoreDesk, sale_id: str
) -> None:
    tries = [refunded(desk, sale_id, TOTAL - OFF) for _ in range(16)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert len([one for one in results if isinstance(one, RefundAnswer)]) == 1
    assert len([one for one in results if isinstance(one, NothingLeftError)]) == 15
    assert await figure(desk, "SELECT sum(refunded_fen) FROM refund") == TOTAL - OFF
    assert await figure(desk, STOCK, COLA) == COLA_STOCK


async def test_a_refund_repeated_under_its_key_is_one_refund(desk: StoreDesk, sale_id: str) -> None:
    refunds, given = Refunds(supervisor_from_fen=0), ticket()
    order = refund_order(TOTAL - OFF)
    first = await refunds.refund(desk, sale_id, order, POS, given)
    assert await refunds.refund(desk, sale_id, order, POS, given) == first
    assert await figure(desk, "SELECT count(*) FROM refund") == 1


CASHIER = Caller(client="till:T1", cashier="C7", till="T1", role=Role.CASHIER)
SUPERVISOR = Caller(client="till:T1", cashier="S1", till="T1", role=Role.SUPERVISOR)


@pytest.mark.parametrize(
    ("caller", "approved_by", "from_fen", "recorded"),
    [
        (POS, None, 10_680, False),
        (POS, None, 10_681, True),
        (POS, "S1", 0, True),
        (CASHIER, None, 0, False),
        (CASHIER, "S1", 0, True),
        (SUPERVISOR, None, 0, True),
    ],
)
async def test_a_supervisor_approves_refunds_from_the_sum_that_is_set(
    desk: StoreDesk,
    sale_id: str,
    caller: Caller,
    approved_by: str | None,
    from_fen: int,
    recorded: bool,
) -> None:
    order = refund_order(TOTAL - OFF, approved_by=approved_by)
    refunds = Refunds(supervisor_from_fen=from_fen)
    answer = await refunds.refund(desk, sale_id, order, caller, ticket())
    told = msgspec.json.decode(answer.body, type=RefundAnswer)
    assert (answer.status, told.recorded) == ((201, True) if recorded else (200, False))
    assert told.outcome is (Outcome.ACCEPTED if recorded else Outcome.NEEDS_SUPERVISOR)
    assert told.sentence.zh_cn
    assert told.sentence.en
    assert await figure(desk, "SELECT count(*) FROM refund") == int(recorded)
    if recorded and from_fen < 10_681:
        assert (await last_body(desk))["approved_by"] == "S1"


async def test_a_sale_taken_apart_needs_the_supervisor_from_the_same_sum(
    desk: StoreDesk, sale_id: str
) -> None:
    first = await quoted(desk, sale_id, (1, 1))
    assert first.outcome is Outcome.ACCEPTED
    assert (await refunded(desk, sale_id, first.refunded_fen, (1, 1), approved_by=None)).recorded
    rice = await quoted(desk, sale_id, (0, 1))
    assert rice.refunded_fen < SUPERVISOR_FROM + first.refunded_fen
    limit = first.refunded_fen + rice.refunded_fen
    for from_fen, outcome in ((limit + 1, Outcome.ACCEPTED), (limit, Outcome.NEEDS_SUPERVISOR)):
        refunds = Refunds(supervisor_from_fen=from_fen)
        order = msgspec.convert({"lines": [{"place": 0, "quantity": 1}]}, RefundQuote)
        assert (await refunds.quote(desk, sale_id, order, POS)).outcome is outcome
    order = refund_order(rice.refunded_fen, (0, 1), approved_by=None)
    refunds = Refunds(supervisor_from_fen=limit)
    answer = await refunds.refund(desk, sale_id, order, POS, ticket())
    assert msgspec.json.decode(answer.body, type=RefundAnswer).recorded is False


async def test_figures_of_head_office_keep_what_came_back_since_it_counted(
    desk: StoreDesk, sale_id: str
) -> None:
    await refunded(desk, sale_id, TOTAL - OFF)
    applier = ChangeApplier(desk)
    member = {"member_id": MEMBER, "tier": "gold", "phone_masked": ""}
    for through_seq, gone, earned in ((0, 0, 0), (1, -2, -106), (2, 0, 0)):
        figures = (
            change("stock", sku=COLA, quantity=50, through_seq=through_seq),
            change("member", **member, points=500, through_seq=through_seq),
        )
        await applier.apply(page(*figures))
        assert await figure(desk, STOCK, COLA) == 50 - gone
        assert await points(desk) == 500 + earned


async def test_a_sale_past_its_retention_is_not_refunded_here(
    desk: StoreDesk, sale_id: str, clock: StoppedClock
) -> None:
    outbox = JournalOutbox(desk)
    await sold(desk, pay=TOTAL)
    through = Point(1, await outbox.hash_at(1) or "")
    await outbox.acknowledge(through, backup_through=1, server_time=clock.now)
    assert (await refundable(desk, sale_id)).refundable_fen == TOTAL - OFF
    await live_through(desk, clock, 100)
    await Housekeeping(desk, retention_days=90).prune()
    with pytest.raises(PastRetentionError):
        await refunded(desk, sale_id, TOTAL - OFF)
    with pytest.raises(PastRetentionError):
        await refundable(desk, sale_id)


async def test_a_reason_is_masked_before_it_is_kept(desk: StoreDesk, sale_id: str) -> None:
    await refunded(desk, sale_id, TOTAL - OFF, why="顾客 １３８-1234　5678 退货")
    assert (await last_body(desk))["why"] == "顾客 138****5678 退货"


async def test_a_sale_of_nothing_to_pay_comes_back_without_a_tender(
    desk: StoreDesk,
) -> None:
    lines = [{"sku": COLA, "quantity": 1, "unit_price_fen": 0}]
    sale = await sold(desk, pay=0, lines=lines)
    told = await refunded(desk, sale.sale_id or "", 0)
    assert (told.recorded, told.refunded_fen, told.tenders) == (True, 0, ())
    assert desk.store == STORE


async def revoke(chain: Chain, desk: StoreDesk, clock: StoppedClock) -> None:
    await ChangeApplier(desk).apply(
        page(change("coupon", coupon_id=COUPON, state="revoked"), at=clock.now)
    )


async def use_elsewhere(chain: Chain, desk: StoreDesk, clock: StoppedClock) -> None:
    used = {"redemption_id": "r-2", "store": "MB002", "till": "T9", "receipt": "MB002-T9-000042"}
    told = change("coupon", coupon_id=COUPON, state="used", **used, occurred_at=clock.now)
    await ChangeApplier(desk).apply(page(told, at=clock.now))


async def expire(chain: Chain, desk: StoreDesk, clock: StoppedClock) -> None:
    clock.advance(2 * DAY_MS)


async def end_campaign(chain: Chain, desk: StoreDesk, clock: StoppedClock) -> None:
    ended = json.loads(bytes(chain.page().changes[2].body)) | {"ends_at": clock.now}
    await ChangeApplier(desk).apply(page(change("campaign", str(BOUND), **ended), at=clock.now))


@pytest.mark.parametrize(
    ("befalls", "reason"),
    [
        (expire, Reason.EXPIRED),
        (end_campaign, Reason.CAMPAIGN_ENDED),
        (revoke, Reason.REVOKED),
        (use_elsewhere, Reason.ALREADY_USED),
    ],
)
async def test_a_coupon_that_can_not_be_used_again_is_not_said_to_be_free(
    chain: Chain, desk: StoreDesk, clock: StoppedClock, befalls: Any, reason: Reason
) -> None:
    code = chain.token(coupon_id=COUPON, days=(-1, 2))
    sale = await sold(desk, pay=TOTAL - OFF, coupons=[code])
    await befalls(chain, desk, clock)

    quote = await quoted(desk, sale.sale_id or "", (0, 2), (1, 2))
    told = await refunded(desk, sale.sale_id or "", TOTAL - OFF)
    for answer in (quote, told):
        assert answer.freed == ()
        assert [(one.coupon_id, one.reason) for one in answer.lapsed] == [(COUPON, reason)]
        assert answer.lapsed[0].sentence.zh_cn
        assert answer.lapsed[0].sentence.en
    body = await last_body(desk)
    assert (body["freed"], [one["coupon_id"] for one in body["lapsed"]]) == ([], [COUPON])
    assert await coupons_in_use(desk) == 0, "its use is taken back all the same"


async def test_an_event_without_a_lapsed_coupon_is_what_it_always_was(
    desk: StoreDesk, sale_id: str
) -> None:
    await refunded(desk, sale_id, TOTAL - OFF)
    assert "lapsed" not in await last_body(desk)


async def test_half_a_yuan_back_takes_no_point_of_what_stays_paid(desk: StoreDesk) -> None:
    lines = [{"sku": "A", "unit_price_fen": 1_049}, {"sku": "B", "unit_price_fen": 50}]
    sale = await sold(desk, pay=1_099, lines=lines, member_id=MEMBER)
    before = await points(desk)
    assert (await refunded(desk, sale.sale_id or "", 50, (1, 1))).points_back == 0
    assert await points(desk) == before
    assert (await refunded(desk, sale.sale_id or "", 1_049)).points_back == 10
