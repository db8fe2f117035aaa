"""Runs the matrix of faults and prints it: `./run faults`."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from multiprocessing import get_context

from tests.matrix.cases import CASES, ROOT, Case
from tests.matrix.report import Report, run

_DOCUMENT = ROOT / "docs/reliability.md"
_BETWEEN = re.compile(
    r"(<!-- matrix: ./run faults --write -->\n).*?(\n<!-- end of matrix -->)", re.S
)
_EPILOG = """examples:
  ./run faults                    every case, then the table
  ./run faults old-copy zombie    these cases
  ./run faults --write            and write the table into docs/reliability.md
  ./run faults --list             what there is

Network namespaces (the cases `partitions` and `two-lines`) need root; without it they are left out.
Exit status: 0 every case held, 1 one did not, 2 wrong usage."""


def main() -> int:
    """Run the cases that were asked for; return the exit status."""
    arguments = _parse()
    chosen = [case for case in CASES if case.name in arguments.cases or not arguments.cases]
    if arguments.list:
        for case in chosen:
            print(f"{case.name:16} {case.what}")
        return 0
    runnable = [case for case in chosen if not case.needs_root or os.geteuid() == 0]
    report = run([case for case in runnable if not case.needs_root])
    for case in [one for one in runnable if one.needs_root]:
        with get_context("spawn").Pool(1) as process:  # which takes a network of its own
            report.take_in(process.apply(run, ([case],)))
    print(report.table(chosen))
    if arguments.write:
        _write(report, chosen)
    return 0 if all(report.held(case) for case in runnable) else 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run faults",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [case.name for case in CASES]
    parser.add_argument("cases", nargs="*", metavar="CASE", help="cases to run; none: all")
    parser.add_argument("--list", action="store_true", help="show what there is")
    parser.add_argument("--write", action="store_true", help="write the table into the documents")
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(names):
        parser.error(f"there is no case {', '.join(sorted(unknown))}; --list shows them")
    return arguments


def _write(report: Report, chosen: Sequence[Case]) -> None:
    """Replace the rows of the `chosen` cases, and no others."""
    text = _DOCUMENT.read_text("utf-8")
    fresh = report.table(chosen).splitlines()
    kept = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `")}
    new = {line.split("`")[1]: line for line in fresh[2:]}
    rows = [new.get(case.name) or kept[case.name] for case in CASES if case.name in kept | new]
    table = "\n".join([*fresh[:2], *rows])
    _DOCUMENT.write_text(_BETWEEN.sub(lambda found: found[1] + table + found[2], text), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
