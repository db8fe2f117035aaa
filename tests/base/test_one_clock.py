"""Who reads the wall clock: one place, so that nobody waits for a clock that people can set."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
READERS = {
    "time.time",
    "time.time_ns",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
}
MAY_READ = {
    "agent/base/clock.py": "the one place",
    "agent/api/entry/keys.py": "compares it with when a directory was changed",
    "agent/store/house/quarantine.py": "names a directory by it",
}
COMMANDS = "agent/ops/"
"""They run once, for people."""
SCHEDULERS = {"apscheduler", "sched", "schedule", "aiocron", "croniter"}
"""Planning by the wall clock: set back, it waits; set forwards, it makes up for years."""


def sources() -> Iterator[tuple[str, ast.AST]]:
    for package in ("agent", "drivers", "sync"):
        for file in sorted((ROOT / package).rglob("*.py")):
            name = str(file.relative_to(ROOT))
            if not name.startswith(COMMANDS):
                yield name, ast.parse(file.read_text("utf-8"))


def named(node: ast.AST) -> str:
    """The last two names of a chain: datetime.now of datetime.datetime.now."""
    if isinstance(node, ast.Attribute):
        return f"{named(node.value).rpartition('.')[2]}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def wall_reads(tree: ast.AST) -> set[str]:
    found = {named(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            found |= {f"time.{alias.name}" for alias in node.names}
    return found & READERS


def imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found


def test_one_place_reads_the_wall_clock() -> None:
    readers = {file for file, tree in sources() if wall_reads(tree)}
    assert readers == MAY_READ.keys()


def test_nothing_is_planned_by_a_library_that_goes_by_the_wall_clock() -> None:
    assert not {file for file, tree in sources() if imported(tree) & SCHEDULERS}


def test_control_a_reader_is_seen_however_it_is_written() -> None:
    lines = ("time.time()", "datetime.datetime.now(tz)", "date.today()", "from time import time_ns")
    for line in lines:
        assert wall_reads(ast.parse(line)), line
