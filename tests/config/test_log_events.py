"""The table of what is logged: each event of the code with its level, and none that is not."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from drivers.ports import DeviceState

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/store-it/log.md"
LEVELS = ("debug", "info", "warning", "error", "critical")
LOGGER = re.compile(r"^(self\.)?_?(log|logger)$|^get_logger\(__name__\)$")
ACTIVITIES = ("upload", "wake", "download")
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \| (.+?) \| (.+?) \| (.*?) ?\|$", re.MULTILINE)
STABLE = re.compile(r"[a-z]+(_[a-z]+)*")

Event = tuple[str, str]
"""Name and level."""


def test_the_table_holds_what_the_code_logs_and_nothing_else() -> None:
    told = {(name, level) for name, level, *_ in ROW.findall(GUIDE.read_text("utf-8"))}
    assert told == set(events()) | {("log_lines_left_out", "warning")}


def test_each_event_has_a_name_that_stays_a_meaning_and_something_to_do() -> None:
    for name, level, program, meaning, to_do in ROW.findall(GUIDE.read_text("utf-8")):
        assert STABLE.fullmatch(name), name
        assert {*program.split(", ")} <= {"agent", "HQ"}, name
        assert len(meaning) > 15, name
        assert len(to_do) > 10 or level == "info", name


def test_the_outages_that_are_named_are_those_of_the_code() -> None:
    found = {
        call.args[1].value
        for tree in trees()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "OutageLog"
        and isinstance(call.args[1], ast.Constant)
    }
    assert found == set(ACTIVITIES)


@cache
def trees() -> tuple[ast.Module, ...]:
    """The files that log, or tell of outages."""
    files = (file for room in ("agent", "drivers", "sync") for file in (ROOT / room).rglob("*.py"))
    texts = (file.read_text("utf-8") for file in files)
    return tuple(ast.parse(text) for text in texts if re.search(r"\blog|_log|OutageLog", text))


def events() -> Iterator[Event]:
    """Every event that is logged above debug."""
    for tree in trees():
        chosen = _chosen(tree)
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and call.args:
                level = _level(call.func, chosen)
                if level in LEVELS[1:]:
                    yield from ((name, level) for name in _names(call.args[0]))


def _chosen(tree: ast.Module) -> dict[str, str]:
    """Names that stand for a method, as in `log = self._logger.debug if … else ….warning`."""
    return {
        target.id: level
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp)
        for target in node.targets
        if isinstance(target, ast.Name) and (level := _level(node.value, {}))
    }


def _level(method: ast.expr, chosen: dict[str, str]) -> str:
    """The level that a logger's method logs at, of two the more severe; "" for no such method."""
    if isinstance(method, ast.IfExp):
        two = [_level(branch, {}) for branch in (method.body, method.orelse)]
        return max(two, key=LEVELS.index) if all(two) else ""
    if isinstance(method, ast.Name):
        return chosen.get(method.id, "")
    if isinstance(method, ast.Attribute) and LOGGER.match(ast.unparse(method.value)):
        level = {"exception": "error"}.get(method.attr, method.attr)
        return level if level in LEVELS else ""
    return ""


def _names(argument: ast.expr) -> list[str]:
    """What the name of an event can come to."""
    if isinstance(argument, ast.Constant):
        return [str(argument.value)]
    text = ast.unparse(argument)
    if "_activity" in text:
        return [re.sub(r"\{.*\}", activity, text)[2:-1] for activity in ACTIVITIES]
    assert "now.state" in text, f"{text}: say here what it can come to"
    return [f"device_{state}" for state in DeviceState if state is not DeviceState.CONNECTED]
