"""A shift that nobody closed is told once a day in the log, and in the status till it is closed."""

import datetime
import io
import json

import msgspec
import pytest

from agent.base.clock import HOUR_MS
from agent.base.logging import configure
from agent.ops.tables import print_status
from agent.services.cash.closing_reminder import Lateness
from agent.services.cash.late_shifts import ClosingReminder, LateShift
from agent.services.cash.shift import ShiftOrder, open_shift
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.calendar import Calendar
from agent.services.house.status import StatusReport, StatusSource
from agent.store.cash import shifts
from agent.store.sqlite import Connection
from tests.services.cash.money import ticket
from tests.services.fleet import ALONE
from tests.services.hq_line import DOWN, RECORDS, WELL
from tests.services.stopped_clock import StoppedClock

TEN_PM, FOUR_AM = datetime.time(22), datetime.time(4)
TODAY = "2026-01-01"


async def report(desk: StoreDesk, reminder: ClosingReminder) -> StatusReport:
    return await StatusSource(
        desk,
        version="1",
        fleet=ALONE,
        recording=lambda: RECORDS,
        line=lambda: DOWN,
        feed=lambda: WELL,
        late_shifts=reminder.late,
    ).report()


async def shift_opened(desk: StoreDesk) -> None:
    await open_shift(desk, ShiftOrder(till="T1", cashier="C7", float_fen=0), ticket())


async def test_each_late_shift_is_one_line_a_day_from_the_reminders_hour_until_it_is_closed(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    stream = io.StringIO()
    configure(level="info", fmt="json", stream=stream)
    reminder, calendar = ClosingReminder(desk, remind_at=TEN_PM), Calendar(desk)
    calendar.daily("due", at=TEN_PM, work=reminder.log_due)
    calendar.daily("overdue", at=FOUR_AM, work=reminder.log_overdue)
    await shift_opened(desk)
    late: list[tuple[int, Lateness]] = []
    for hour in range(12, 12 + 72):
        await calendar.look()
        late += [(hour, one.lateness) for one in (await report(desk, reminder)).late_shifts]
        clock.advance(HOUR_MS)
        if hour == 12 + 60:
            await desk.database.write(lambda db: shifts.close(db, _only(db).shift_id, 1))
    assert late[:7] == [*((22 + i, Lateness.DUE) for i in range(6)), (28, Lateness.OVERDUE)]
    assert late[-1] == (72, Lateness.OVERDUE)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(one["event"], one["tills"]) for one in lines if "tills" in one] == [
        ("shifts_due_to_close", [f"T1 {TODAY}"]),
        ("shifts_not_closed", [f"T1 {TODAY}"]),
        ("shifts_not_closed", [f"T1 {TODAY}"]),
    ]


async def test_who_wants_no_reminder_gets_none(desk: StoreDesk, clock: StoppedClock) -> None:
    await shift_opened(desk)
    clock.advance(72 * HOUR_MS)
    assert (await report(desk, ClosingReminder(desk, remind_at=None))).late_shifts == ()


async def test_people_at_a_terminal_read_which_shift_is_open(
    desk: StoreDesk, clock: StoppedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    await shift_opened(desk)
    clock.advance(24 * HOUR_MS)
    told = await report(desk, ClosingReminder(desk, remind_at=TEN_PM))
    shown = LateShift(till="T1", z_no=1, business_date=TODAY, lateness=Lateness.OVERDUE)
    assert told.late_shifts == (shown,)
    print_status(msgspec.to_builtins(told), desk.time.zone)
    assert f"T1, Z 1 of {TODAY}" in capsys.readouterr().out


def _only(db: Connection) -> shifts.Shift:
    (shift,) = shifts.all_open(db)
    return shift
