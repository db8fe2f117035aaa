"""`store-agent status --check`: one line and an exit status for Nagios, Icinga, Zabbix and so on.

The form is that of the Monitoring Plugins Development Guidelines: 0 OK, 1 WARNING, 2 CRITICAL,
3 UNKNOWN; behind a | the figures, `name=value;warning;critical`.
"""

import json
import shutil
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct, to_builtins

from agent.base.clock import SECOND_MS
from agent.base.clock_steps import TOLD_FROM_MS
from agent.domain.line.effective_time import AHEAD_MS
from agent.ops.local_api import NoAgentError, RefusedError, ask, health
from agent.settings import Settings

MINUTE_MS = 60_000
MEGABYTE = 1_000_000


class State(IntEnum):
    """How it stands; the value is the exit status."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


class Bounds(NamedTuple):
    """From which figure on it is a warning, and critical."""

    warning: int
    critical: int


class Thresholds(Struct, frozen=True, kw_only=True):
    """When somebody is to be called."""

    offline_minutes: Bounds = Bounds(60, 24 * 60)
    """Since HQ last answered."""
    unsynced_minutes: Bounds = Bounds(120, 24 * 60)
    """Age of the oldest event that HQ has not acknowledged."""
    free_mb: Bounds = Bounds(1_000, 200)
    """Room on the journal's disk, 10^6 bytes; below."""
    skew_seconds: Bounds = Bounds(TOLD_FROM_MS // SECOND_MS, AHEAD_MS // SECOND_MS)
    """Between this PC's clock and HQ's, either way."""


class Point(Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    name: str
    """Stable."""
    state: State
    said: str
    value: int | None = None
    unit: str = ""
    bounds: Bounds | None = None

    def figure(self) -> str:
        """Return it as performance data."""
        bounds = f";{self.bounds.warning};{self.bounds.critical}" if self.bounds else ""
        return f"{self.name}={self.value}{self.unit}{bounds}"


class ThresholdError(ValueError):
    """A threshold that can't be read; the message says what was expected."""


def thresholds(given: dict[str, str | None]) -> Thresholds:
    """Return the thresholds, each given as WARNING,CRITICAL; raise ThresholdError."""
    found = {name: _bounds(name, text) for name, text in given.items() if text is not None}
    return Thresholds(**found)


def check(settings: Settings, limits: Thresholds, *, as_json: bool) -> int:
    """Print how the store stands, for monitoring; return the exit status."""
    points = list(look(settings, limits))
    state = worst(points)
    if as_json:
        told = {"state": state.name.lower(), "exit_code": state, "points": to_builtins(points)}
        print(json.dumps(told, ensure_ascii=False))
    else:
        print(line(settings.store.code, points))
    return state


def look(settings: Settings, limits: Thresholds) -> Iterator[Point]:
    """Ask the agent, first without a key, and judge what it says."""
    try:
        found = health(settings)
    except NoAgentError as error:
        yield Point(name="agent", state=State.CRITICAL, said=str(error).partition("\n")[0])
        return
    yield judge_recording(found)
    try:
        report = ask(settings, "GET", "/api/v1/status")
    except (NoAgentError, RefusedError) as error:
        yield Point(name="status", state=State.UNKNOWN, said=str(error).replace("\n", " "))
        return
    free = shutil.disk_usage(Path(settings.paths.state_dir)).free
    yield from judge(report, free_bytes=free, limits=limits)


def judge_recording(found: dict[str, Any]) -> Point:
    """Judge the answer of `/healthz`."""
    if found.get("healthy"):
        return Point(name="recording", state=State.OK, said="sales are recorded")
    detail = found.get("detail") or found.get("title", "")
    return Point(name="recording", state=State.CRITICAL, said=f"NO SALE CAN BE RECORDED: {detail}")


def judge(report: dict[str, Any], *, free_bytes: int, limits: Thresholds) -> Iterator[Point]:
    """Judge a status report and the free room of the journal's disk."""
    line_, outbox = report["line"], report["outbox"]
    if line_["upload"] != "unconfigured":
        yield _contact(report, limits.offline_minutes)
    exchange = report["exchange"]
    if exchange["tone"] == "bad":
        why = f"{line_['last_error']} {line_['detail']}".strip()
        said = f"events are not taken: {exchange['state']} ({why}); {exchange['hint']['en']}"
        yield Point(name="upload", state=State.CRITICAL, said=said)
    if report["set_back"]["reason"]:
        said = f"data {report['set_back']['reason']}: {report['set_back']['detail']}"
        yield Point(name="set_back", state=State.WARNING, said=said)
    age = (report["now"] - outbox["oldest_at"]) // MINUTE_MS if outbox["pending"] else 0
    yield Point(
        name="unsynced",
        state=_above(age, limits.unsynced_minutes),
        said=f"{outbox['pending']} events wait, the oldest for {age} min",
        value=age * 60,
        unit="s",
        bounds=Bounds(*(60 * bound for bound in limits.unsynced_minutes)),
    )
    yield Point(name="pending", state=State.OK, said="", value=outbox["pending"])
    if parked := outbox["parked_at_hq"] + outbox["parked_here"]:
        said = f"{parked} parked: store-agent feed parked, outbox parked; call head office"
        yield Point(name="parked", state=State.WARNING, said=said, value=parked)
    yield _room(free_bytes, limits.free_mb)
    if (skew := report["clock_skew_ms"]) is not None:
        yield _skew(skew, limits.skew_seconds)
    for device in report["devices"]:
        if device["state"] != "connected":
            said = f"{device['name']} is {device['state']} {device['detail']}".strip()
            yield Point(name="device", state=State.WARNING, said=said)


def worst(points: list[Point]) -> State:
    """Return the state of all: critical before unknown, unknown before a warning."""
    states = {point.state for point in points}
    order = (State.CRITICAL, State.UNKNOWN, State.WARNING)
    return next((state for state in order if state in states), State.OK)


def line(store: str, points: list[Point]) -> str:
    """Return the one line that monitoring reads; what is wrong stands first."""
    state = worst(points)
    wrong = [point.said for point in points if point.state is not State.OK]
    said = "; ".join(wrong or [point.said for point in points if point.said][:2])
    figures = " ".join(point.figure() for point in points if point.value is not None)
    text = f"STORE {store} {state.name} - {said}".replace("|", "/").replace("\n", " ")
    return f"{text} | {figures}" if figures else text


def _contact(report: dict[str, Any], bounds: Bounds) -> Point:
    last = report["last_contact_at"]
    if not last:
        return Point(name="contact", state=State.WARNING, said="HQ never answered yet")
    age = max(0, report["now"] - last) // MINUTE_MS
    state = State.OK if report["line"]["online"] else _above(age, bounds)
    return Point(
        name="contact",
        state=state,
        said=f"HQ answered {age} min ago",
        value=age * 60,
        unit="s",
        bounds=Bounds(*(60 * bound for bound in bounds)),
    )


def _room(free_bytes: int, bounds: Bounds) -> Point:
    free = free_bytes // MEGABYTE
    warned = State.WARNING if free < bounds.warning else State.OK
    return Point(
        name="disk_free",
        state=State.CRITICAL if free < bounds.critical else warned,
        said=f"{free} MB free on the journal's disk",
        value=free,
        unit="MB",
        bounds=bounds,
    )


def _skew(skew_ms: int, bounds: Bounds) -> Point:
    seconds = abs(skew_ms) // 1000
    way = "ahead of" if skew_ms > 0 else "behind"
    return Point(
        name="clock_skew",
        state=_above(seconds, bounds),
        said=f"this PC's clock is {seconds} s {way} HQ's",
        value=seconds,
        unit="s",
        bounds=bounds,
    )


def _above(value: int, bounds: Bounds) -> State:
    if value >= bounds.critical:
        return State.CRITICAL
    return State.WARNING if value >= bounds.warning else State.OK


def _bounds(name: str, text: str) -> Bounds:
    parts = text.split(",")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ThresholdError(f"{name}: expected WARNING,CRITICAL such as 60,1440, got {text!r}")
    found = Bounds(int(parts[0]), int(parts[1]))
    falls = name == "free_mb"
    if (found.warning < found.critical) if falls else (found.warning > found.critical):
        raise ThresholdError(f"{name}: the warning comes before the critical, got {text!r}")
    return found
