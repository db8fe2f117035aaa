"""A shift is late from the reminder's hour on, and overdue on the next business date."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from agent.base.clock import Millis
from agent.services.cash.closing_reminder import Lateness, lateness

SHANGHAI = ZoneInfo("Asia/Shanghai")
FOUR, TEN_PM, ONE = time(4), time(22), time(1)


def at(text: str) -> Millis:
    return Millis(
        int(datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=SHANGHAI).timestamp()) * 1000
    )


@pytest.mark.parametrize(
    ("opened", "now", "remind_at", "expected"),
    [
        ("01 09:00", "01 21:59", TEN_PM, None),
        ("01 09:00", "01 22:00", TEN_PM, Lateness.DUE),
        ("01 09:00", "02 03:59", TEN_PM, Lateness.DUE),
        ("01 09:00", "02 04:00", TEN_PM, Lateness.OVERDUE),
        ("01 09:00", "09 12:00", TEN_PM, Lateness.OVERDUE),
        ("01 22:30", "02 03:00", TEN_PM, None),
        ("01 22:30", "02 04:00", TEN_PM, Lateness.OVERDUE),
        ("01 09:00", "02 00:59", ONE, None),
        ("01 09:00", "02 01:00", ONE, Lateness.DUE),
        ("02 02:00", "02 03:30", ONE, None),
        ("02 03:30", "02 04:30", ONE, Lateness.OVERDUE),
        ("01 09:00", "01 08:00", TEN_PM, None),
    ],
)
def test_how_late_a_shift_is(
    opened: str, now: str, remind_at: time, expected: Lateness | None
) -> None:
    found = lateness(at(opened), at(now), zone=SHANGHAI, day_begins=FOUR, remind_at=remind_at)
    assert found is expected
