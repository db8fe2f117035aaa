"""Takes the figures: `./run bench [--quick] [--json] [--only NAME ...]`."""

import argparse
import signal
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NoReturn

import msgspec
from rich.console import Console
from rich.status import Status

from tests.bench.goals import GOALS
from tests.bench.groups import GROUPS, Group, When
from tests.bench.machine import MEMORY_FILESYSTEMS, describe, filesystem, limits
from tests.bench.metric import Metric, Report, print_report
from tests.bench.workshop import Workshop

REPETITIONS = 5
QUICK_REPETITIONS = 3
PRINTED_COLUMNS = 120
"""Of the table where no terminal says how wide it is."""
BROKEN_OFF = "broken off"
QUICK_SHARE = 0.4
"""Of the requests of a full run's repetition."""

_ABOUT = """\
Takes the figures of the store agent and of head office on this machine.

Every figure is a median over repetitions, with its min and max. Beside it stands its floor: the
same thing without the business, measured in the same run and in turns with it. The ratio of the
two says what the business costs, on any machine; the goals are set on it."""

_EXAMPLES = """\
examples:
  ./run bench                              all figures, as a table
  ./run bench --quick --json               fewer repetitions, one JSON object:
                                           {"machine": {...}, "metrics": [{"name", "value", "min",
                                            "max", "unit", "floor", "ratio"}],
                                            "not_taken": {"group": "why"}}
  ./run bench --only drain                 one group alone

groups:
"""


def main() -> int:
    """Measure and print; a goal that is missed is shown, and is no failure of the bench.

    Figures that could not be taken are: the exit status is then 1, or 130 after Ctrl-C.
    """
    arguments = _parse()
    signal.signal(signal.SIGTERM, _interrupt)
    report = _measure(arguments.disk, arguments.only, quick=arguments.quick)
    if arguments.json:
        print(msgspec.json.encode(report).decode())
    else:
        print_report(report, Console(width=None if sys.stdout.isatty() else PRINTED_COLUMNS))
    if BROKEN_OFF in report.not_taken.values():
        return 128 + signal.SIGINT
    return 1 if report.not_taken else 0


def _measure(disk: Path, only: Collection[str], *, quick: bool) -> Report:
    notes = Console(stderr=True)
    chosen = [group for group in GROUPS if _is_chosen(group, only, quick=quick)]
    repetitions = QUICK_REPETITIONS if quick else REPETITIONS
    share = QUICK_SHARE if quick else 1
    with (
        Workshop(disk=disk, repetitions=repetitions, share=share) as workshop,
        notes.status("machine") as now,
    ):
        version = workshop.run(workshop.chain().postgres_version())
        machine = describe(disk, postgres=version) | limits(workshop.directory())
        metrics, not_taken = take(chosen, workshop, notes, now)
    if quick and not only:
        notes.print(f"left out of a quick run: {', '.join(_LEFT_OUT)}; --only takes them")
    return Report(machine=machine, metrics=_in_order(metrics), not_taken=not_taken)


def take(
    groups: Sequence[Group], workshop: Workshop, notes: Console, now: Status
) -> tuple[list[Metric], dict[str, str]]:
    """Return the figures, and why those of some groups are missing: one that fails, or Ctrl-C,
    costs no other's."""
    not_taken = {group.name: why for group in groups if (why := group.missing())}
    for name, why in not_taken.items():
        notes.print(f"{name}: left out: {why}", markup=False)
    metrics: list[Metric] = []
    able = [group for group in groups if group.name not in not_taken]
    for place, group in enumerate(able):
        now.update(f"{group.name}: {group.about}")
        try:
            metrics += group.measure(workshop)
        except KeyboardInterrupt:
            not_taken |= {left.name: BROKEN_OFF for left in able[place:]}
            break
        except Exception as error:  # noqa: BLE001 - whatever it was, the others' figures stand
            not_taken[group.name] = f"{type(error).__name__}: {error}"
            notes.print_exception()
    return metrics, not_taken


def _interrupt(number: int, _: object) -> NoReturn:
    """End as Ctrl-C does: what was started is stopped, what was written is removed."""
    raise SystemExit(128 + number)


def _is_chosen(group: Group, only: Collection[str], *, quick: bool) -> bool:
    if only:
        return group.name in only
    return group.when is When.ALWAYS or (group.when is When.IN_FULL_RUN and not quick)


_LEFT_OUT = [group.name for group in GROUPS if group.when is When.IN_FULL_RUN]


def _in_order(metrics: list[Metric]) -> list[Metric]:
    """As the goals are; figures without a goal come last."""
    places = {name: place for place, name in enumerate(GOALS)}
    return sorted(metrics, key=lambda metric: places.get(metric.name, len(places)))


def _parse() -> argparse.Namespace:
    groups = "\n".join(f"  {group.name:<16} {group.about}" for group in GROUPS)
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description=_ABOUT,
        epilog=_EXAMPLES + groups,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer, shorter repetitions; some groups left out"
    )
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
