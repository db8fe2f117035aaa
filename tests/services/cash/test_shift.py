"""A shift: its figures come from the journal of its till, and closing it takes them for good."""

import asyncio
import json
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.base.clock import DAY_MS, HOUR_MS
from agent.domain.cash.closing import is_signed
from agent.domain.cash.events import ShiftClosed
from agent.domain.cash.shift import ShiftReport
from agent.domain.outcome import Outcome
from agent.domain.staff.cashier import Role
from agent.services.cash.close_shift import ClosingAnswer, ClosingOrder, Closings, ReportAnswer
from agent.services.cash.errors import (
    OtherTillsShiftError,
    ShiftClosedError,
    ShiftOpenError,
    UnknownShiftError,
)
from agent.services.cash.shift import (
    CashOrder,
    DrawerAnswer,
    DrawerOrder,
    OpenShift,
    ShiftOrder,
    current_shift,
    move_cash,
    open_drawer,
    open_shift,
)
from agent.services.desk.caller import Caller
from agent.services.desk.errors import PastRetentionError
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.housekeeping import Housekeeping
from agent.services.line.apply_changes import ChangeApplier
from agent.services.line.outbox import JournalOutbox
from agent.store.line import journal
from sync.protocol.messages import Point
from tests.services.cash.money import POS, figure, last_body, refunded, sold, ticket
from tests.services.chain import CHAIN_WIDE, STORE, Chain
from tests.services.days import live_through
from tests.services.stopped_clock import StoppedClock

FLOAT = 50_000
TOTAL, OFF = 12_680, 2_000
CLOSINGS = Closings(Ed25519PrivateKey.generate())
CASHIER = Caller(client="till:T1", cashier="C7", till="T1", role=Role.CASHIER)
SUPERVISOR = Caller(client="till:T1", cashier="S1", till="T1", role=Role.SUPERVISOR)
APPROVED = Caller(client="till:T1", cashier="C7", till="T1", role=Role.CASHIER, approved_by="S1")


@pytest.fixture(autouse=True)
async def feed(chain: Chain, desk: StoreDesk) -> None:
    await ChangeApplier(desk).apply(chain.page())


async def opened(desk: StoreDesk, till: str = "T1") -> OpenShift:
    order = ShiftOrder(till=till, cashier="C7", float_fen=FLOAT)
    answer = await open_shift(desk, order, ticket())
    assert answer.status == 201
    return msgspec.json.decode(answer.body, type=OpenShift)


async def closed(
    desk: StoreDesk, shift_id: str, counted_fen: int = 0, till: str = "T1"
) -> ClosingAnswer:
    order = ClosingOrder(till=till, cashier="C7", counted_fen=counted_fen)
    answer = await CLOSINGS.close(desk, shift_id, order, ticket())
    return msgspec.json.decode(answer.body, type=ClosingAnswer)


async def x_report(desk: StoreDesk, shift_id: str) -> ShiftReport:
    told = await CLOSINGS.report(desk, shift_id, POS)
    assert told.report is not None
    return told.report


async def drawer(desk: StoreDesk, shift_id: str, caller: Caller, **more: Any) -> DrawerAnswer:
    order = DrawerOrder(till="T1", cashier="C7", why="换零", **more)
    answer = await open_drawer(desk, shift_id, order, caller, ticket())
    return msgspec.json.decode(answer.body, type=DrawerAnswer)


async def moved(desk: StoreDesk, shift_id: str, amount_fen: int) -> None:
    order = CashOrder(till="T1", cashier="C7", amount_fen=amount_fen, why="存银行")
    assert (await move_cash(desk, shift_id, order, ticket())).status == 201


async def test_a_shift_counts_what_its_till_did_and_no_other(chain: Chain, desk: StoreDesk) -> None:
    await sold(desk, pay=TOTAL)  # before the shift
    shift = await opened(desk)
    code = chain.token(CHAIN_WIDE, store=None)
    sale = await sold(desk, pay=TOTAL - OFF, coupons=[code])
    await sold(desk, pay=TOTAL, tenders=[{"kind": "wechat", "amount_fen": TOTAL}])
    await sold(desk, pay=TOTAL, till="T2")
    await refunded(desk, sale.sale_id or "", TOTAL - OFF)
    await moved(desk, shift.shift_id, -20_000)
    await drawer(desk, shift.shift_id, POS, approved_by="S1")

    told = await closed(desk, shift.shift_id, counted_fen=29_990)

    report = told.report
    assert (report.sales_count, report.sales_fen) == (2, 2 * TOTAL - OFF)
    assert (report.refunds_count, report.refunds_fen) == (1, TOTAL - OFF)
    assert (report.coupons_count, report.at_risk_count) == (0, 0)
    assert (report.cash_in_fen, report.cash_out_fen, report.drawer_openings) == (0, 20_000, 1)
    assert (report.expected_cash_fen, report.difference_fen) == (30_000, -10)
    assert (report.from_seq, report.through_seq) == (shift.seq, told.seq - 1)
    assert (report.first_receipt_no, report.last_receipt_no) == (2, 4)


async def test_a_closing_is_one_event_signed_by_the_stores_key(desk: StoreDesk) -> None:
    shift = await opened(desk)
    told = await closed(desk, shift.shift_id, counted_fen=FLOAT)
    body = msgspec.convert(await last_body(desk), ShiftClosed)
    assert is_signed(body)
    assert (body.report, body.signature) == (told.report, told.signature)
    assert not is_signed(
        msgspec.structs.replace(body, report=msgspec.structs.replace(body.report, sales_fen=1))
    )
    again = await CLOSINGS.report(desk, shift.shift_id, CASHIER)
    assert (again.report, again.signature) == (told.report, told.signature)


async def test_z_numbers_of_a_till_have_no_gap(desk: StoreDesk) -> None:
    numbers = []
    for till in ("T1", "T2", "T1", "T1"):
        shift = await opened(desk, till)
        numbers.append((till, shift.z_no))
        await closed(desk, shift.shift_id, till=till)
    assert numbers == [("T1", 1), ("T2", 1), ("T1", 2), ("T1", 3)]


async def test_all_z_reports_come_to_all_sales(desk: StoreDesk) -> None:
    reports = []
    for _ in range(3):
        shift = await opened(desk)
        for _ in range(2):
            await sold(desk, pay=TOTAL)
        reports.append((await closed(desk, shift.shift_id)).report)
    sums = "SELECT sum(json_extract(body, '$.payable_fen')) FROM journal WHERE kind = ?"
    assert sum(one.sales_fen for one in reports) == await figure(desk, sums, "sale.recorded")


async def test_sales_at_the_moment_of_closing_are_in_one_shift_or_the_next(
    desk: StoreDesk,
) -> None:
    first = await opened(desk)
    closing, sales = await asyncio.gather(
        closed(desk, first.shift_id), asyncio.gather(*(sold(desk, pay=TOTAL) for _ in range(20)))
    )
    second = await opened(desk)
    later = await closed(desk, second.shift_id)
    before = [one for one in sales if (one.seq or 0) < closing.seq]
    assert closing.report.sales_count == len(before)
    assert later.report.sales_count == 0
    assert await figure(desk, "SELECT count(*) FROM sale") == 20


async def test_a_till_has_one_open_shift(desk: StoreDesk) -> None:
    tries = [opened(desk) for _ in range(5)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert len([one for one in results if isinstance(one, OpenShift)]) == 1
    assert len([one for one in results if isinstance(one, ShiftOpenError)]) == 4
    shift = (await current_shift(desk, "T1")).shift
    assert shift in results
    assert (await current_shift(desk, "T2")).shift is None


async def test_a_shift_is_closed_once_by_its_own_till(desk: StoreDesk) -> None:
    shift = await opened(desk)
    with pytest.raises(OtherTillsShiftError):
        await closed(desk, shift.shift_id, till="T2")
    with pytest.raises(UnknownShiftError):
        await closed(desk, "none")
    tries = [closed(desk, shift.shift_id) for _ in range(5)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert len([one for one in results if isinstance(one, ClosingAnswer)]) == 1
    assert len([one for one in results if isinstance(one, ShiftClosedError)]) == 4
    assert (await current_shift(desk, "T1")).shift is None
    with pytest.raises(ShiftClosedError):
        await moved(desk, shift.shift_id, 1)


@pytest.mark.parametrize(
    ("caller", "seen"), [(CASHIER, False), (APPROVED, True), (SUPERVISOR, True), (POS, True)]
)
async def test_before_the_count_only_a_supervisor_sees_what_the_drawer_should_hold(
    desk: StoreDesk, caller: Caller, seen: bool
) -> None:
    shift = await opened(desk)
    told = await CLOSINGS.report(desk, shift.shift_id, caller)
    assert told.outcome is (Outcome.ACCEPTED if seen else Outcome.NEEDS_SUPERVISOR)
    assert (told.report is not None) is seen
    if told.report is not None:
        assert told.report.expected_cash_fen == FLOAT
    await closed(desk, shift.shift_id)
    after = await CLOSINGS.report(desk, shift.shift_id, caller)
    assert isinstance(after, ReportAnswer)
    assert after.report is not None


@pytest.mark.parametrize(
    ("caller", "approved_by", "recorded"),
    [
        (CASHIER, None, False),
        (CASHIER, "S1", True),
        (SUPERVISOR, None, True),
        (POS, None, False),
        (POS, "S1", True),
    ],
)
async def test_opening_the_drawer_without_a_sale_needs_a_supervisor(
    desk: StoreDesk, caller: Caller, approved_by: str | None, recorded: bool
) -> None:
    shift = await opened(desk)
    told = await drawer(desk, shift.shift_id, caller, approved_by=approved_by)
    assert told.recorded is recorded
    assert told.outcome is (Outcome.ACCEPTED if recorded else Outcome.NEEDS_SUPERVISOR)
    assert (await x_report(desk, shift.shift_id)).drawer_openings == int(recorded)


async def test_closing_warns_of_what_waits_to_be_synced_and_closes_all_the_same(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    shift = await opened(desk)
    await sold(desk, pay=TOTAL)
    told = await closed(desk, shift.shift_id)
    assert (told.unsynced.pending, told.unsynced.oldest_at) == (3, clock.now)
    assert "2 条" in told.sentence.zh_cn
    outbox = JournalOutbox(desk)
    await outbox.acknowledge(
        Point(3, await outbox.hash_at(3) or ""), backup_through=0, server_time=clock.now
    )
    second = await opened(desk)
    await outbox.acknowledge(
        Point(4, await outbox.hash_at(4) or ""), backup_through=0, server_time=clock.now
    )
    quiet = await closed(desk, second.shift_id)
    assert quiet.unsynced.pending == 1
    assert quiet.sentence.zh_cn == "已交班。"


async def test_the_events_of_an_open_shift_are_kept_whatever_their_age(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    house = Housekeeping(desk, retention_days=90)
    await sold(desk, pay=TOTAL)
    shift = await opened(desk)
    await sold(desk, pay=TOTAL)
    outbox = JournalOutbox(desk)
    await outbox.acknowledge(
        Point(3, await outbox.hash_at(3) or ""), backup_through=3, server_time=clock.now
    )
    await live_through(desk, clock, 100)
    await house.prune()
    assert await figure(desk, "SELECT min(seq) FROM journal") == shift.seq
    assert (await closed(desk, shift.shift_id)).report.sales_count == 1

    await outbox.acknowledge(
        Point(4, await outbox.hash_at(4) or ""), backup_through=4, server_time=clock.now
    )
    await live_through(desk, clock, 100)
    await house.prune()
    assert await figure(desk, "SELECT count(*) FROM journal") == 0
    with pytest.raises(PastRetentionError):
        await x_report(desk, shift.shift_id)
    assert await desk.database.read(lambda db: journal.verify(db, STORE)) == 0


async def test_all_of_a_sale_in_its_own_shift_is_a_void(desk: StoreDesk) -> None:
    before = await sold(desk, pay=TOTAL)
    shift = await opened(desk)
    first, second = [await sold(desk, pay=TOTAL) for _ in range(2)]
    assert not (await refunded(desk, before.sale_id or "", TOTAL)).void
    assert (await refunded(desk, first.sale_id or "", TOTAL)).void
    assert not (await refunded(desk, second.sale_id or "", 350, (1, 1))).void
    assert not (await refunded(desk, second.sale_id or "", TOTAL - 350)).void
    third = await sold(desk, pay=TOTAL)
    await closed(desk, shift.shift_id)
    await opened(desk)
    assert not (await refunded(desk, third.sale_id or "", TOTAL)).void


async def test_what_another_till_gives_back_is_no_void(desk: StoreDesk) -> None:
    await opened(desk)
    sales = [await sold(desk, pay=TOTAL) for _ in range(2)]
    for till, sale in zip(("T1", "T2"), sales, strict=True):
        back = await refunded(desk, sale.sale_id or "", TOTAL, till=till)
        assert back.void is (till == "T1")


async def test_a_reason_is_masked_before_it_is_kept(desk: StoreDesk) -> None:
    shift = await opened(desk)
    order = CashOrder(till="T1", cashier="C7", amount_fen=1, why="13812345678 送来")
    answer = await move_cash(desk, shift.shift_id, order, ticket())
    assert json.loads(answer.body)["amount_fen"] == 1
    assert (await last_body(desk))["why"] == "138****5678 送来"


async def test_a_shift_closed_after_midnight_is_of_the_day_before(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    shift = await opened(desk)
    clock.advance(13 * HOUR_MS)
    await sold(desk, pay=TOTAL)
    assert (await CLOSINGS.report(desk, shift.shift_id, POS)).business_date == "2026-01-01"
    told = await closed(desk, shift.shift_id)
    assert told.business_date == "2026-01-01"
    clock.advance(DAY_MS)
    assert (await CLOSINGS.report(desk, shift.shift_id, POS)).business_date == "2026-01-01"
    day = await figure(desk, "SELECT group_concat(DISTINCT business_date) FROM journal")
    assert day == "2026-01-01"
