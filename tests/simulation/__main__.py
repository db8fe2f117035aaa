"""Lives through histories, or looks for mutants: `python -m tests.simulation --help`."""

import argparse
import asyncio
import json
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest

from tests.lab import in_memory
from tests.lab.head_office import DATABASE, migrated_cluster
from tests.lab.postgres import PostgresServer
from tests.simulation.living import live_blocks, live_through, log_nothing
from tests.simulation.loop import VirtualLoop
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.outcomes import table
from tests.simulation.site import Lived, accidents_of, site

_EPILOG = """examples:
  python -m tests.simulation                          the first 216 histories
  python -m tests.simulation --seeds 0 5000 --jobs 2  five thousand
  python -m tests.simulation --seed 1234              one, with all that goes over the lines
  python -m tests.simulation --mutants                the mutants, each until it is caught

Exit status: 0 every promise was kept (every mutant was caught), 1 otherwise, 2 wrong usage."""
FIRST = 216
"""Histories of one run, twelve of each kind of accident."""
MOST_SEEDS = 1_200
"""A mutant that so many histories do not show is not caught."""
BLOCK = 20
"""Histories that one process takes at a time."""


def main() -> int:
    """Do what the command line says; return the exit status."""
    arguments = _parse()
    log_nothing()
    with (
        in_memory.room() as room,
        PostgresServer(
            data_dir=room / "postgres", durable=False, archive=migrated_cluster
        ) as server,
    ):
        if arguments.mutants:
            return _find_mutants(server, room, as_json=arguments.json)
        traced = arguments.seed is not None
        seeds = range(*arguments.seeds) if arguments.seed is None else (arguments.seed,)
        lived = _live(server, room, seeds, arguments.jobs, traced=traced)
        return _report(lived, as_json=arguments.json)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", nargs=2, type=int, default=(0, FIRST), metavar=("FROM", "TO"))
    parser.add_argument(
        "--seed", type=int, help="this history alone, with what went over the lines"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--mutants", action="store_true", help="make the code careless, and look")
    parser.add_argument("--json", action="store_true", help="print what a program can read")
    return parser.parse_args()


def _live(
    server: PostgresServer, room: Path, seeds: Sequence[int], jobs: int, *, traced: bool
) -> Iterator[Lived]:
    if jobs == 1:
        yield from live_through(_database(server, "hq_0"), room / "0", seeds, traced)
        return
    todo = iter(seeds)
    blocks = list(iter(lambda: list(islice(todo, BLOCK)), []))
    sites = [(_database(server, f"hq_{n}"), room / str(n)) for n in range(jobs)]
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(jobs) as pool:
        parts = [(*sites[n], blocks[n::jobs]) for n in range(jobs)]
        for lived in pool.imap_unordered(live_blocks, parts):
            yield from lived


def _database(server: PostgresServer, name: str) -> str:
    server.create_database(name, template=DATABASE)
    return server.local_dsn(name)


def _report(lived: Iterator[Lived], *, as_json: bool) -> int:
    all_of_them = sorted(lived)
    broken = [one for one in all_of_them if one.broken]
    if as_json:
        rows = [(one.seed, one.accidents, one.met, one.took_s, one.broken) for one in all_of_them]
        print(json.dumps(rows))
    else:
        print(table(all_of_them))
        print(f"\n{len(all_of_them)} histories, in {len(broken)} a promise was broken")
    for one in broken:
        again = f"python -m tests.simulation --seed {one.seed}"
        print(f"\n{again}  # {', '.join(one.accidents)}\n{one.broken}", file=sys.stderr)
    return 1 if broken else 0


def _find_mutants(server: PostgresServer, room: Path, *, as_json: bool) -> int:
    found = {mutant.name: _find(server, room, mutant) for mutant in MUTANTS}
    if as_json:
        print(json.dumps(found))
    else:
        for name, (seeds, complaint) in found.items():
            print(f"{name}: {f'caught by history {seeds}' if complaint else 'NOT CAUGHT'}")
            print("  " + complaint.split("\n")[0])
    return 0 if all(complaint for _, complaint in found.values()) else 1


def _find(server: PostgresServer, room: Path, mutant: Mutant) -> tuple[int, str]:
    """Return the seed of the history that shows it, and the judge's complaint; empty: none does."""
    dsn = _database(server, f"mutant_{mutant.name}")
    shown_by = set(mutant.shown_by)
    seeds = [seed for seed in range(MOST_SEEDS) if shown_by & set(accidents_of(seed))]
    with (
        pytest.MonkeyPatch.context() as patches,
        asyncio.Runner(loop_factory=VirtualLoop) as runner,
    ):
        asyncio.run(mutant.make(dsn, patches))

        async def until_caught() -> tuple[int, str]:
            async with site(dsn, room / mutant.name) as here:
                for seed in dict.fromkeys((mutant.seed, *seeds)):
                    lived = await here.live(seed)
                    if mutant.broken in lived.broken:
                        return seed, lived.broken
            return len(seeds), ""

        return runner.run(until_caught())


if __name__ == "__main__":
    sys.exit(main())
