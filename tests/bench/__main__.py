"""Takes the figures: `python -m tests.bench [--quick] [--json] [--only NAME ...]`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Collection
from pathlib import Path
from typing import NoReturn

import msgspec
from rich.console import Console

from tests.bench.groups import GROUPS, Group
from tests.bench.machine import MEMORY_FILESYSTEMS, describe, filesystem, limits
from tests.bench.metric import Report, print_report
from tests.bench.workshop import Workshop

REPETITIONS = 5
QUICK_REPETITIONS = 3

_ABOUT = """\
Takes the figures of the store agent and of head office on this machine.

Every figure is a median over repetitions, with its min and max. Beside it stands its floor: the
same thing without the business, measured in the same run and in turns with it. The ratio of the
two says what the business costs, on any machine; the goals are set on it."""

_EXAMPLES = """\
examples:
  python -m tests.bench                    all figures, as a table
  python -m tests.bench --quick --json     fewer repetitions, one JSON object:
                                           {"machine": {...}, "metrics": [{"name", "value", "min",
                                            "max", "unit", "floor", "ratio"}]}
  python -m tests.bench --only floors      one group alone

groups:
"""


def main() -> int:
    """Measure and print; a goal that is missed is shown, and is no failure of the bench."""
    arguments = _parse()
    signal.signal(signal.SIGTERM, _interrupt)
    repetitions = QUICK_REPETITIONS if arguments.quick else REPETITIONS
    report = _measure(arguments.disk, repetitions, arguments.only)
    if arguments.json:
        print(msgspec.json.encode(report).decode())
    else:
        print_report(report, Console())
    return 0


def _measure(disk: Path, repetitions: int, only: Collection[str]) -> Report:
    notes = Console(stderr=True)
    with Workshop(disk=disk, repetitions=repetitions) as workshop, notes.status("machine") as now:
        version = asyncio.run(workshop.postgres_version())
        machine = describe(disk, postgres=version) | limits(workshop.directory())
        metrics = []
        for group in _chosen(only):
            now.update(f"{group.name}: {group.about}")
            metrics += group.measure(workshop)
    return Report(machine=machine, metrics=metrics)


def _interrupt(number: int, _: object) -> NoReturn:
    """End as Ctrl-C does: what was started is stopped, what was written is removed."""
    raise SystemExit(128 + number)


def _chosen(only: Collection[str]) -> list[Group]:
    return [group for group in GROUPS if not only or group.name in only]


def _parse() -> argparse.Namespace:
    groups = "\n".join(f"  {group.name:<16} {group.about}" for group in GROUPS)
    parser = argparse.ArgumentParser(
        prog="bench",
        description=_ABOUT,
        epilog=_EXAMPLES + groups,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        choices=[group.name for group in GROUPS],
        metavar="NAME",
        help="these groups alone",
    )
    parser.add_argument(
        "--disk",
        type=Path,
        default=Path("/var/tmp"),  # survives a restart, so it is on a disk. file-hierarchy(7)
        metavar="DIR",
        help="where the databases are made: the disk whose durability counts (%(default)s)",
    )
    arguments = parser.parse_args()
    if filesystem(arguments.disk) in MEMORY_FILESYSTEMS:
        parser.error(f"{arguments.disk} is in memory, where a durable write costs nothing")
    return arguments


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
