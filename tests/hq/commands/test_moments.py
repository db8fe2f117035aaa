"""Days and instants: typed as people mean them, shown so that they can be typed again."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import DAY_MS, HOUR_MS, Millis
from sync.hq.commands.moment import Moment, beginning, ending, shown
from tests.hq.commands.conftest import Shop

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = Millis(1_000)


def instant(text: str) -> Millis:
    return Millis(int(datetime.fromisoformat(text).timestamp() * 1000))


def at(moment: Moment) -> Millis:
    return moment.at(NOW, SHANGHAI)


def test_a_day_is_the_whole_day_of_the_chain() -> None:
    assert at(beginning("2027-06-30")) == instant("2027-06-30T00:00+08:00")
    assert at(ending("2027-06-30")) == instant("2027-07-01T00:00+08:00")
    assert shown(at(ending("2027-06-30")), SHANGHAI, is_end=True) == "2027-06-30 24:00+08:00"
    assert shown(at(beginning("2027-06-30")), SHANGHAI) == "2027-06-30 00:00+08:00"


@pytest.mark.parametrize("read", [beginning, ending])
def test_a_time_is_the_chains_unless_it_says_which(read: object) -> None:
    assert callable(read)
    for text, meant in {
        "2027-06-30T08:00": "2027-06-30T08:00+08:00",
        "2027-06-30 08:00": "2027-06-30T08:00+08:00",
        "2027-06-30T08:00Z": "2027-06-30T08:00+00:00",
        "2027-06-30 24:00": "2027-07-01T00:00+08:00",
        "2027-06-30T24:00-05:00": "2027-07-01T00:00-05:00",
    }.items():
        assert at(read(text)) == instant(meant)
    assert at(read("2d")) == NOW + 2 * DAY_MS
    assert at(read("3h")) == NOW + 3 * HOUR_MS


def test_the_last_day_there_is_means_for_ever() -> None:
    forever = at(ending("9999-12-31"))

    assert forever > at(ending("9999-12-30"))
    assert shown(forever, SHANGHAI, is_end=True).startswith("9999-12-31")
    assert shown(Millis(2**53), ZoneInfo("Pacific/Kiritimati"))


@pytest.mark.parametrize(
    "text",
    [
        *("", "2x", "d", "tomorrow", "9999999d"),
        *("2027-13-01", "2027-02-29", "2027/6/30", "2027-06-30T25:00"),
        *("1969-12-31", "0001-01-01", "9999-12-31T24:00"),
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    for read in (beginning, ending):
        with pytest.raises(ArgumentTypeError, match="2027-01-31"):
            read(text)


@given(
    minutes=st.integers(min_value=2 * 24 * 60, max_value=4_000_000_000),
    zone=st.sampled_from(["Asia/Shanghai", "America/St_Johns", "Asia/Kathmandu", "UTC"]),
    is_end=st.booleans(),
)
def test_what_is_shown_can_be_typed_again(minutes: int, zone: str, is_end: bool) -> None:
    there = ZoneInfo(zone)
    meant = Millis(minutes * 60_000)
    text = shown(meant, there, is_end=is_end)

    assert ending(text).at(NOW, ZoneInfo("Europe/Berlin")) == meant


def test_a_campaign_ends_with_the_day_in_the_chains_zone_wherever_head_office_is(
    hq: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    words = ("campaign", "add", "--name", "x", "--rule", "0.9", "--class", "chain")
    dates = ("--starts", "2027-06-01", "--ends", "2027-06-30")

    here = hq(*words, *dates, "--json")
    monkeypatch.setenv("STORE_HQ_CHAIN__TIMEZONE", "Europe/Berlin")
    there = hq(*words, *dates, "--json")

    assert here["starts_at"] == instant("2027-06-01T00:00+08:00")
    assert here["ends_at"] == instant("2027-07-01T00:00+08:00")
    assert there["ends_at"] == instant("2027-07-01T00:00+02:00")
    table = hq("campaign", "list")
    assert table.count("2027-06-30 24:00+02:00") == 1
    assert "2027-06-01 00:00+02:00" in table


def test_keys_and_coupons_end_with_the_day_too(hq: Shop) -> None:
    [key] = hq("keys", "add", "--not-before", "2026-01-01", "--not-after", "2099-12-31", "--json")
    number = hq(
        *("campaign", "add", "--name", "x", "--rule", "0.9", "--class", "chain"),
        *("--ends", "2099-06-30", "--json"),
    )["campaign"]
    hq("issue", "--campaign", str(number), "--expires", "2099-06-30", "--json")
    [coupon] = hq("coupon", "list", "--json")

    assert key["not_before"] == instant("2026-01-01T00:00+08:00")
    assert key["not_after"] == instant("2100-01-01T00:00+08:00")
    assert coupon["expires"] == instant("2099-07-01T00:00+08:00")
    assert "2099-12-31 24:00+08:00" in hq("keys", "list")
    assert "2099-06-30 24:00+08:00" in hq("coupon", "list")


def test_no_instant_is_shown_without_its_offset(hq: Shop, tmp_path: Path) -> None:
    hq("stores", "add", "MB001")
    hq("campaign", "add", "--name", "x", "--rule", "0.9", "--class", "chain", "--ends", "9d")
    said = hq("campaign", "list") + hq("keys", "list") + hq("campaign", "end", "1", "--yes")
    this_year = datetime.now(UTC).year
    dated = [word for word in said.split() if word.startswith(f"{this_year}-")]
    assert dated
    assert said.count("+08:00") >= len(dated)
