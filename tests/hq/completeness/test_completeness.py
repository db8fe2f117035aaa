"""Completeness: what is missing of a store's day is named, and marked once it is a day old."""

import pytest

from agent.base.clock import DAY_MS, HOUR_MS, MINUTE_MS
from agent.base.ids import uuid7
from agent.domain.cash.closing import sign_closing
from agent.domain.cash.events import ShiftOpened
from agent.domain.cash.tally import Count, Happened, ShiftFacts, report_of, tally
from agent.domain.line.events import EventKind
from sync.hq.compared import note_compared
from sync.hq.completeness.anomalies import AnomalyKind, anomalies
from sync.hq.completeness.days import store_days
from sync.hq.completeness.reconciliation import reconciliation
from sync.hq.stores import list_stores
from sync.protocol.compare import NO_HASH, CompareOrder, HqRange, JournalRange
from tests.hq.head_office import HeadOffice, StoreClient
from tests.hq.journal import CLOSING_KEY, NOON, PRICE_FEN, Journal

DAY = "2027-01-15"
Found = list[tuple[AnomalyKind, str | None, int, str, bool]]


async def found(hq: HeadOffice, store: str = "MB001", *, since: str = DAY) -> Found:
    told = await anomalies(hq.db, store=store, since=since, until=DAY, now=hq.clock.wall())
    return [(one.kind, one.business_date, one.count, one.what, one.overdue) for one in told]


def shift(journal: Journal, *, z_no: int, sales: int, more: int = 0) -> None:
    """Append a shift with so many sales, whose Z report tells of so many `more`."""
    shift_id = uuid7(NOON)
    opened = ShiftOpened(shift_id=shift_id, z_no=z_no, float_fen=0)
    journal.append(EventKind.SHIFT_OPENED, opened)
    facts = ShiftFacts(
        store=journal.store,
        till="T1",
        shift_id=shift_id,
        z_no=z_no,
        opened_at=NOON,
        opened_by="c1",
        from_seq=len(journal.lines),
        float_fen=0,
    )
    sold = [Happened(cashier="c1", body=journal.sell()) for _ in range(sales)]
    count = Count(closed_at=NOON, closed_by="c1", counted_fen=0)
    figures = tally([*sold, *sold[:more]])
    report = report_of(facts, figures, through_seq=len(journal.lines), count=count)
    journal.append(EventKind.SHIFT_CLOSED, sign_closing(report, CLOSING_KEY))


async def test_a_whole_day_has_no_anomaly_and_its_figures(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    for _ in range(3):
        sale = journal.sell()
    journal.refund(sale)
    await store.send(journal)
    assert await found(hq) == []
    [day] = await store_days(hq.db, store="MB001", since=DAY, until=DAY)
    assert (day.events, day.sales, day.sales_fen) == (4, 3, 3 * PRICE_FEN)
    assert (day.refunds, day.refunds_fen, day.closings) == (1, PRICE_FEN, 0)


async def test_a_day_of_which_nothing_came_has_its_line(hq: HeadOffice, store: StoreClient) -> None:
    days = await store_days(hq.db, store=None, since="2027-01-13", until=DAY)
    assert [(day.business_date, day.events) for day in days] == [
        ("2027-01-13", 0),
        ("2027-01-14", 0),
        (DAY, 0),
    ]


async def test_missing_receipts_are_named_and_marked_after_a_day(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal()
    journal.sell()
    for _ in range(3):  # in this journal a receipt has the number of its place
        journal.redeem("x" * 24)
    journal.sell()
    journal.sell()
    await store.send(journal)
    expected = AnomalyKind.RECEIPTS_MISSING, DAY, 3, "T1 2–4"
    assert await found(hq) == [(*expected, False)]
    hq.clock.now += DAY_MS
    assert (*expected, True) in await found(hq)


async def test_a_number_that_was_given_twice_is_named(hq: HeadOffice, store: StoreClient) -> None:
    journal = store.journal_of_sales(4)
    await store.send(journal)
    old = journal.copy()
    old.lines = old.lines[:2]
    await store.hello(old)
    old.sell()
    await store.send(old, 3)
    assert await found(hq) == [(AnomalyKind.RECEIPTS_TWICE, DAY, 1, "T1 3", False)]


async def test_the_leap_of_a_new_epoch_is_no_gap(hq: HeadOffice, store: StoreClient) -> None:
    journal = store.journal_of_sales(4)
    await store.send(journal)
    old = journal.copy()
    old.lines = old.lines[:2]
    answer = await store.hello(old, past=True)
    assert answer.receipts_after > 4
    for number in (answer.receipts_after + 1, answer.receipts_after + 2):
        old.sell()
        line = old.lines.pop().decode()
        seq = len(old.lines) + 1
        old.lines.append(line.replace(f'"receipt_no":{seq}', f'"receipt_no":{number}').encode())
    await store.send(old, 3)
    assert await found(hq) == []


async def test_shifts_are_closed_once_and_by_what_came(hq: HeadOffice, store: StoreClient) -> None:
    journal = store.journal()
    shift(journal, z_no=1, sales=2)
    shift(journal, z_no=2, sales=2, more=1)
    shift(journal, z_no=5, sales=0)
    journal.append(EventKind.SHIFT_OPENED, ShiftOpened(shift_id=uuid7(NOON), z_no=6, float_fen=0))
    await store.send(journal)
    shown = [one for one in await found(hq) if one[0] is not AnomalyKind.RECEIPTS_MISSING]
    assert sorted(shown) == [
        (AnomalyKind.CLOSING_DIFFERS, DAY, 1, "T1 Z2: 3/2, 0/0", False),
        (AnomalyKind.CLOSINGS_MISSING, DAY, 2, "T1 3–4", False),
        (AnomalyKind.SHIFT_OPEN, DAY, 1, "T1 Z6", False),
    ]


async def test_effects_that_were_taken_out_of_hqs_tables_are_found(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal_of_sales(3)
    journal.append("sale.recorded/9", {"sale_id": "s"})  # parked: no effect is right
    await store.send(journal)
    await hq.db.execute("DELETE FROM sale WHERE seq = 3")
    assert (AnomalyKind.NOT_APPLIED, DAY, 1, "seq 3", False) in await found(hq)
    assert (AnomalyKind.PARKED, None, 1, "unknown_version", False) in await found(hq)


async def test_what_a_store_recorded_and_did_not_send_is_known_from_its_hello(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal_of_sales(5)
    await store.hello(journal)
    hq.clock.now += DAY_MS
    journal.sell()
    await store.hello(journal)  # it tells of more, and the first are as late as ever
    assert (AnomalyKind.NOT_RECEIVED, None, 6, "seq 1–6", True) in await found(hq)
    [status] = await list_stores(hq.db)
    assert (status.not_received, status.behind_since) == (6, NOON)
    await store.send(journal)
    assert await found(hq, since="2027-01-01") == []
    [status] = await list_stores(hq.db)
    assert (status.not_received, status.behind_since) == (0, None)
    journal.sell()
    await store.hello(journal)
    assert await found(hq) == [(AnomalyKind.NOT_RECEIVED, None, 1, "seq 7–7", False)]


async def test_a_store_that_is_not_heard_or_holds_something_else_is_one(
    hq: HeadOffice, store: StoreClient
) -> None:
    journal = store.journal_of_sales(1)
    await store.send(journal)
    order = CompareOrder(ranges=(JournalRange(1, 1, NO_HASH),), begins=True, why="changed_here")
    held = [HqRange(1, 1, "f" * 64, 1, NO_HASH)]
    await note_compared(hq.db, "MB001", order, held, now=hq.clock.wall())
    [differing] = await found(hq)
    assert differing[:4] == (AnomalyKind.JOURNALS_DIFFER, None, 1, "seq 1 changed_here")
    hq.clock.now += 2 * DAY_MS + MINUTE_MS
    kinds = {one[0] for one in await found(hq)}
    assert kinds == {AnomalyKind.JOURNALS_DIFFER, AnomalyKind.SILENT, AnomalyKind.NOT_COMPARED}


@pytest.mark.parametrize("open_cases", [True, False])
async def test_open_cases_are_counted_at_both_stores(
    hq: HeadOffice, store: StoreClient, other: StoreClient, open_cases: bool
) -> None:
    [coupon] = await hq.issue(1)
    for n, one in enumerate((store, other)):
        journal = one.journal()
        use = journal.redeem(coupon, bound=False, at=NOON + n * HOUR_MS)
        if not open_cases:
            journal.reverse(use)
        await one.send(journal)
    await hq.settle()
    for code in ("MB001", "MB002"):
        kinds = [one[0] for one in await found(hq, code)]
        assert (AnomalyKind.CASES_OPEN in kinds) is open_cases


async def test_what_a_rogue_store_writes_hides_no_other_stores_days(
    hq: HeadOffice, store: StoreClient, other: StoreClient
) -> None:
    """PostgreSQL reads no U+0000 in JSON, which stands in texts that nobody looks at."""
    rogue = other.journal()
    shift(rogue, z_no=1, sales=1, more=1)
    rogue.append_raw("shift.opened", b'{"float_fen":0,"shift_id":"a\\u0000b","z_no":2}')
    rogue.sell()
    rogue.lines[-1] = rogue.lines[-1].replace(b'"milk"', b'"mi\\u0000lk"')
    await other.send(rogue)
    journal = store.journal_of_sales(1)
    await store.send(journal)
    kinds = [one[0] for one in await found(hq, "MB002")]
    assert AnomalyKind.CLOSING_DIFFERS in kinds
    assert AnomalyKind.SHIFT_OPEN in kinds
    rows = await reconciliation(hq.db, store=None, month=DAY[:7], begins_at=0, ends_at=1)
    assert {(row.store, row.count) for row in rows if row.figure == "sales"} == {
        ("MB001", 1),
        ("MB002", 2),
    }
