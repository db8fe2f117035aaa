"""How much a log may hold: lines of one name in a while, and signs in one line.

A fault that repeats must not push what led to it out of the journal, nor wear the disk.
"""

import logging
import time
from collections.abc import Callable

from agent.base.tally import OTHER, Tally

WINDOW_S = 600.0
LINES = 20
"""Lines of one name (logger and event) in a window; those after it are counted and left out."""
MAX_NAMES = 500
"""Names that are told apart; later ones share a bound."""
MAX_SIGNS = 8_000
"""Of one value; systemd-journald takes lines of 48 KiB whole (LineMax=, journald.conf(5))."""
HEAD_SIGNS = 2_000
"""Kept of the beginning of a longer one; the rest is its end, where a traceback says the cause."""

Name = tuple[str, str]


class _Window:
    """The lines of one name since `began`."""

    __slots__ = ("began", "left_out", "passed")

    def __init__(self, began: float) -> None:
        self.began = began
        self.passed = 0
        self.left_out = 0
        """Not told of yet."""


class LogBounds(logging.Filter):
    """Lets LINES of each name pass in a window; the next one says how many were left out before.

    Debug lines are let pass: who turns them on wants all.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._windows: dict[Name, _Window] = {}
        self.lines = Tally("level")
        """Written."""
        self.left_out = Tally("level")

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written; `record.left_out` is how many of its name were not."""
        level = record.levelname.lower()
        if record.levelno > logging.DEBUG and not self._passes(record):
            self.left_out.add(level)
            return False
        self.lines.add(level)
        return True

    def untold(self) -> dict[str, int]:
        """Return by event how many lines were left out and not told of; they count as told then."""
        counts: dict[str, int] = {}
        for (_, event), window in self._windows.items():
            if window.left_out:
                counts[event] = counts.get(event, 0) + window.left_out
                window.left_out = 0
        return counts

    def _passes(self, record: logging.LogRecord) -> bool:
        now, name = self._clock(), _name_of(record)
        if name not in self._windows and len(self._windows) >= MAX_NAMES:
            name = (OTHER, OTHER)
        window = self._windows.setdefault(name, _Window(now))
        if now - window.began >= WINDOW_S:
            window.began, window.passed = now, 0
        if window.passed >= LINES:
            window.left_out += 1
            return False
        window.passed += 1
        record.__dict__["left_out"], window.left_out = window.left_out, 0
        return True


def shortened(text: str) -> str:
    """Return `text`, in the middle of a long one how much is missing."""
    if len(text) <= MAX_SIGNS:
        return text
    missing = len(text) - MAX_SIGNS
    return f"{text[:HEAD_SIGNS]} … {missing} signs left out … {text[HEAD_SIGNS + missing :]}"


def _name_of(record: logging.LogRecord) -> Name:
    """The logger and event of a line; of a library's, its text before it is filled in."""
    event = record.msg.get("event") if isinstance(record.msg, dict) else record.msg
    return record.name, str(event)
