"""What monitoring is told: one line with its figures, and an exit status."""

from typing import Any

import pytest
from msgspec import to_builtins

from agent.base.clock import Millis
from agent.ops.status_check import (
    Bounds,
    State,
    ThresholdError,
    Thresholds,
    judge,
    judge_recording,
    line,
    thresholds,
    worst,
)
from agent.services.house.exchange import Exchange, told
from agent.services.house.set_back import NOT_SET_BACK, set_back_status

HOUR_MS = 3_600_000
NOW = 1_000 * HOUR_MS
ROOM = 5_000_000_000


def report(**more: Any) -> dict[str, Any]:
    """A store that is well."""
    return {
        "now": NOW,
        "clock_skew_ms": 300,
        "line": {"online": True, "upload": "idle", "last_error": "", "detail": ""},
        "outbox": {"pending": 0, "oldest_at": None, "parked_at_hq": 0, "parked_here": 0},
        "last_contact_at": NOW,
        "devices": [],
        "exchange": to_builtins(told(Exchange.ONLINE)),
        "set_back": to_builtins(NOT_SET_BACK),
    } | more


OFFLINE = {"online": False, "upload": "backing_off", "last_error": "timeout", "detail": ""}
SET_BACK = to_builtins(set_back_status(("/q/1",), set_back_at=Millis(0), now=Millis(0)))
WAITING = {"pending": 7, "oldest_at": NOW - 3 * HOUR_MS, "parked_at_hq": 0, "parked_here": 0}
PARKED = {"pending": 0, "oldest_at": None, "parked_at_hq": 1, "parked_here": 0}
PRINTER = {"name": "printer", "state": "disconnected", "detail": ""}


@pytest.mark.parametrize(
    ("more", "free", "state"),
    [
        ({}, ROOM, State.OK),
        ({"line": OFFLINE, "last_contact_at": NOW - 59 * 60_000}, ROOM, State.OK),
        ({"line": OFFLINE, "last_contact_at": NOW - HOUR_MS}, ROOM, State.WARNING),
        ({"line": OFFLINE, "last_contact_at": NOW - 24 * HOUR_MS}, ROOM, State.CRITICAL),
        ({"line": OFFLINE, "last_contact_at": 0}, ROOM, State.WARNING),
        ({"exchange": to_builtins(told(Exchange.REJECTED))}, ROOM, State.CRITICAL),
        ({"exchange": to_builtins(told(Exchange.DELAYED))}, ROOM, State.OK),
        ({"set_back": SET_BACK}, ROOM, State.WARNING),
        ({"line": OFFLINE | {"upload": "unconfigured"}, "last_contact_at": 0}, ROOM, State.OK),
        ({"outbox": WAITING}, ROOM, State.WARNING),
        ({"outbox": PARKED}, ROOM, State.WARNING),
        ({"clock_skew_ms": -700_000}, ROOM, State.CRITICAL),
        ({"clock_skew_ms": None}, ROOM, State.OK),
        ({"devices": [PRINTER]}, ROOM, State.WARNING),
        ({}, 999_999_999, State.WARNING),
        ({}, 1_000_000, State.CRITICAL),
    ],
)
def test_a_store_is_judged_by_what_somebody_has_to_do(
    more: dict[str, Any], free: int, state: State
) -> None:
    points = list(judge(report(**more), free_bytes=free, limits=Thresholds()))
    assert worst(points) == state
    assert line("MB001", points).startswith(f"STORE MB001 {state.name} - ")


def test_what_is_wrong_stands_first_in_one_line_with_the_figures_behind_it() -> None:
    recording = judge_recording({"code": "cannot_record", "detail": "the disk | is\nfull"})
    points = [recording, *judge(report(), free_bytes=ROOM, limits=Thresholds())]
    said = line("MB001", points)
    text, _, figures = said.partition(" | ")
    assert text == "STORE MB001 CRITICAL - NO SALE CAN BE RECORDED: the disk / is full"
    assert "disk_free=5000MB;1000;200" in figures.split()
    assert "\n" not in said


def test_thresholds_are_read_or_refused_with_what_was_expected() -> None:
    assert thresholds({"free_mb": "9,3", "skew_seconds": None}).free_mb == Bounds(9, 3)
    for wrong in ("9", "9,x", "-1,2", "9,3,1", "²,3", "3,2"):
        with pytest.raises(ThresholdError, match=r"offline_minutes"):
            thresholds({"offline_minutes": wrong})
    with pytest.raises(ThresholdError):
        thresholds({"free_mb": "3,9"})
