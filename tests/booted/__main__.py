"""Boots store PCs and head office and does to them what happens in stores: `./run systemtest`."""

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from tests.booted import ansible, enclosure, installed, network, packages, roots
from tests.booted.case import Case
from tests.booted.cases import CASES, fleet
from tests.booted.evidence import journals_kept_on_failure
from tests.booted.outcome import Outcome, print_table
from tests.booted.pair import Pair
from tests.booted.places import KEPT, PLACE, RUNS
from tests.booted.progress import say

_EPILOG = """examples:
  ./run systemtest                       every case, on both systems
  ./run systemtest kill plug             these cases
  ./run systemtest full --suite trixie   on Debian 13 alone
  ./run systemtest --list                what there is

Needs root, debootstrap, systemd-nspawn and 3 GB in /var/tmp/storeit (another directory:
STORE_SYSTEMTEST_DIR). The first run builds Debian 12 and 13 there, some six minutes. A case that
fails keeps the journals of both systems in /var/tmp/storeit/failed/CASE.
Exit status: 0 every case went as expected, 1 some did not, 2 wrong usage."""


def main() -> int:
    """Run the cases that were asked for; return 1 if one of them did not go as expected."""
    arguments = _parse()
    if arguments.list:
        return _list()
    if os.geteuid() != 0:
        sys.exit("systemtest: boots systems, so it needs root: sudo ./run systemtest")
    if not enclosure.is_inside():
        with _alone():
            return _prepare_and_enter(arguments)
    signal.signal(signal.SIGTERM, _end)
    enclosure.set_up()
    RUNS.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(RUNS)], check=True)
    network.set_up_switch()
    built = packages.find(arguments.packages)
    systems = [installed.installed(suite, built) for suite in arguments.suite]
    outcomes = [outcome for one in systems for outcome in _run_all(one, _chosen(arguments.cases))]
    print_table(outcomes)
    installed.forget_others(systems)
    return 0 if all(outcome.held for outcome in outcomes) else 1


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other test works with the same base systems."""
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another system test works in {PLACE}: waiting for its end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _prepare_and_enter(arguments: argparse.Namespace) -> int:
    """Fetch what needs the network, then run the test closed in."""
    if arguments.packages is None:
        arguments.packages = PLACE / "packages"
        packages.build(arguments.packages)
    if any(case is fleet.APPLIED for case in _chosen(arguments.cases)):
        ansible.prepare()
    for suite in arguments.suite:
        subprocess.run(
            ["unshare", "--mount", sys.executable, "-m", "tests.booted.roots", suite], check=True
        )
    command = [sys.executable, "-m", "tests.booted", *arguments.cases]
    command += ["--packages", str(arguments.packages.resolve())]
    command += [word for suite in arguments.suite for word in ("--suite", suite)]
    return enclosure.run_inside(command)


def _run_all(systems: installed.Installed, chosen: list[Case]) -> list[Outcome]:
    say(f"{systems.suite}, systemd {systems.systemd}: {systems.figures.told()}")
    return [_run(systems, case) for case in chosen]


def _run(systems: installed.Installed, case: Case) -> Outcome:
    say(f"{systems.suite} {case.name}: {case.what}")
    place = RUNS / f"{systems.suite}-{case.name}"
    shutil.rmtree(place, ignore_errors=True)
    outcome = Outcome(case=case, suite=systems.suite, systemd=systems.systemd)
    started = time.monotonic()
    try:
        with systems.booted(place) if case.powered else systems.off(place) as pair:
            _go_through(case, pair, outcome)
    except Exception as error:  # noqa: BLE001 - the other cases are run all the same
        outcome.failure = f"{type(error).__name__}: {error}"
    outcome.seconds = time.monotonic() - started
    say(f"{systems.suite} {case.name}: {outcome.told()}")
    shutil.rmtree(place, ignore_errors=True)
    return outcome


def _go_through(case: Case, pair: Pair, outcome: Outcome) -> None:
    """Run the case and let its sales be judged; what belongs to it is torn down afterwards."""
    with pair.until_judged, journals_kept_on_failure(pair.place, KEPT / pair.place.name):
        outcome.notes = pair.notes
        case.run(pair)
        if case.judged:
            outcome.verdict = pair.judge()
            pair.expect(outcome.held, "; ".join(outcome.verdict.complaints))


def _chosen(names: list[str]) -> list[Case]:
    return [case for case in CASES if not names or case.name in names]


def _list() -> int:
    for case in CASES:
        print(f"{case.name:12} {case.what}: {case.expected}")
    return 0


def _end(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run systemtest",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help="names of cases; all if none")
    parser.add_argument(
        "--suite", action="append", choices=roots.SUITES, help="Debian's release; all if none"
    )
    parser.add_argument(
        "--packages", type=Path, metavar="DIR", help="take the packages from there; build none"
    )
    parser.add_argument("--list", action="store_true", help="print the cases, and run none")
    arguments = parser.parse_args()
    unknown = set(arguments.cases) - {case.name for case in CASES}
    if unknown:
        parser.error(f"there is no case {', '.join(sorted(unknown))}; --list shows them")
    arguments.suite = arguments.suite or list(roots.SUITES)
    return arguments


if __name__ == "__main__":
    sys.exit(main())
