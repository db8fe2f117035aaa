"""What is logged again and again is bounded and counted; nothing of it is lost without a word."""

import io
import json
import logging
import os
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from agent.base.log_bounds import LINES, MAX_NAMES, MAX_SIGNS, WINDOW_S, LogBounds, shortened

WARNINGS = st.lists(
    st.tuples(st.sampled_from(["a_failed", "b_failed"]), st.floats(0, WINDOW_S / 4)), max_size=300
)
DAY_S = 86_400


def record(event: str, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("agent.room", level, "", 0, {"event": event}, None, None)


@given(WARNINGS)
def test_each_line_is_written_or_counted_and_no_window_holds_more_than_its_bound(
    warnings: list[tuple[str, float]],
) -> None:
    now = 0.0
    bounds = LogBounds(lambda: now)
    written: dict[str, list[float]] = {}
    told: dict[str, int] = {}
    for event, pause in warnings:
        now += pause
        line = record(event)
        if bounds.filter(line):
            written.setdefault(event, []).append(now)
            told[event] = told.get(event, 0) + line.__dict__["left_out"]
    for event, count in bounds.untold().items():
        told[event] = told.get(event, 0) + count
    assert bounds.untold() == {}
    for event, times in written.items():
        logged = sum(name == event for name, _ in warnings)
        assert len(times) + told[event] == logged
        for begin in times:
            assert sum(begin <= at < begin + WINDOW_S for at in times) <= 2 * LINES


def test_a_fault_each_second_takes_a_bounded_part_of_a_day_s_log() -> None:
    now = 0.0
    bounds = LogBounds(lambda: now)
    written = 0
    for second in range(DAY_S):
        now = float(second)
        written += bounds.filter(record("it_failed"))
    assert written == LINES * DAY_S / WINDOW_S
    unbounded = sum(bounds.filter(record("it_failed", logging.DEBUG)) for _ in range(1_000))
    assert unbounded == 1_000, "debug lines are wanted by who turns them on"


def test_another_event_is_heard_while_one_floods_and_names_without_end_share_one_bound() -> None:
    bounds = LogBounds(lambda: 0.0)
    for _ in range(10 * LINES):
        bounds.filter(record("flood"))
    assert bounds.filter(record("something_else"))
    passed = sum(bounds.filter(record(f"made_up_{number}")) for number in range(3 * MAX_NAMES))
    assert passed <= MAX_NAMES + LINES


@given(st.text(max_size=50), st.integers(0, 3 * MAX_SIGNS))
def test_a_long_value_keeps_its_beginning_and_its_end(text: str, more: int) -> None:
    value = text + "-" * more + text
    short = shortened(value)
    assert short == value if len(value) <= MAX_SIGNS else len(short) < MAX_SIGNS + 60
    assert short.startswith(text)
    assert short.endswith(text)


def test_a_process_says_at_its_end_what_it_left_out() -> None:
    program = (
        "import sys\n"
        "from agent.base.logging import configure, get_logger\n"
        'configure(level="info", fmt="json", stream=sys.stderr)\n'
        f"for number in range({LINES + 5}):\n"
        '    get_logger("agent.room").warning("it_failed", number=number, phone="13812345678")\n'
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=os.environ, check=True
    )
    *lines, last = [json.loads(line) for line in io.StringIO(done.stderr)]
    assert len(lines) == LINES
    assert (last["event"], last["left_out"]) == ("log_lines_left_out", {"it_failed": 5})
    assert "13812345678" not in done.stderr
