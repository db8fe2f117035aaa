"""The business day: a shop open past midnight counts its night under one date."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.base.clock import DAY_MS, MINUTE_MS, Millis
from agent.domain.line.business_day import MIDNIGHT, business_date

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
FOUR = time(4)


def at(local: str, zone: ZoneInfo = SHANGHAI, *, fold: int = 0) -> Millis:
    moment = datetime.fromisoformat(local).replace(tzinfo=zone, fold=fold)
    return Millis(round(moment.timestamp() * 1000))


def day(local: str, begins: time, zone: ZoneInfo = SHANGHAI, *, fold: int = 0) -> str:
    return business_date(at(local, zone, fold=fold), zone=zone, begins=begins).isoformat()


@pytest.mark.parametrize(
    ("local", "begins", "told"),
    [
        ("2026-11-22T23:58", FOUR, "2026-11-22"),
        ("2026-11-23T00:01", FOUR, "2026-11-22"),
        ("2026-11-23T03:59:59.999", FOUR, "2026-11-22"),
        ("2026-11-23T04:00", FOUR, "2026-11-23"),
        ("2026-11-22T23:59:59.999", MIDNIGHT, "2026-11-22"),
        ("2026-11-23T00:00", MIDNIGHT, "2026-11-23"),
        ("2027-01-01T02:00", FOUR, "2026-12-31"),
        ("2028-03-01T02:00", FOUR, "2028-02-29"),
    ],
)
def test_a_day_begins_at_its_hour(local: str, begins: time, told: str) -> None:
    assert day(local, begins) == told


def test_clocks_put_back_bring_no_day_back() -> None:
    """In Berlin on 2026-10-25 the hour from 02:00 comes twice."""
    half_past_two = time(2, 30)
    assert day("2026-10-25T02:29", half_past_two, BERLIN) == "2026-10-24"
    assert day("2026-10-25T02:31", half_past_two, BERLIN) == "2026-10-25"
    assert day("2026-10-25T02:10", half_past_two, BERLIN, fold=1) == "2026-10-25"


def test_an_hour_that_the_clocks_leave_out_begins_the_day_when_they_are_past_it() -> None:
    """In Berlin on 2026-03-29 03:00 follows on 01:59."""
    half_past_two = time(2, 30)
    assert day("2026-03-29T01:59", half_past_two, BERLIN) == "2026-03-28"
    assert day("2026-03-29T03:00", half_past_two, BERLIN) == "2026-03-29"


def test_a_midnight_that_comes_twice_brings_no_day_back() -> None:
    """In St. John's clocks went from 00:01 back to 23:01 until 2011."""
    newfoundland = ZoneInfo("America/St_Johns")
    assert day("2010-11-07T00:00:30", MIDNIGHT, newfoundland) == "2010-11-07"
    assert day("2010-11-06T23:30", MIDNIGHT, newfoundland, fold=1) == "2010-11-07"


ZONES = [
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Pacific/Apia",
    "UTC",
]
hours = st.builds(time, st.integers(0, 11), st.integers(0, 59))
instants = st.integers(at("2005-01-01T00:00"), at("2035-01-01T00:00"))


@given(st.sampled_from(ZONES).map(ZoneInfo), hours, instants, st.integers(0, 3 * DAY_MS))
@example(BERLIN, time(2, 30), at("2026-10-25T02:40", BERLIN), 40 * MINUTE_MS)
def test_a_later_instant_never_has_an_earlier_day(
    zone: ZoneInfo, begins: time, instant: int, later: int
) -> None:
    first = business_date(Millis(instant), zone=zone, begins=begins)
    assert first <= business_date(Millis(instant + later), zone=zone, begins=begins)


@given(st.sampled_from(ZONES).map(ZoneInfo), hours, instants)
def test_its_day_is_that_of_the_clocks_or_the_one_before(
    zone: ZoneInfo, begins: time, instant: int
) -> None:
    local = datetime.fromtimestamp(instant / 1000, zone)
    told = business_date(Millis(instant), zone=zone, begins=begins)
    past = local.time() >= begins
    assert told == local.date() - timedelta(days=not past) or local.fold


def test_the_last_day_of_all_has_one_too() -> None:
    assert business_date(Millis(253_402_214_400_000), zone=SHANGHAI, begins=FOUR) == date.max
