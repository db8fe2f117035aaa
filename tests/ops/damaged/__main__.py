"""Spoils files and runs each command on them: `python -m tests.ops.damaged`."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.ops.damaged.pcs import make
from tests.ops.damaged.trial import Trial

SEEDS = 500


def main() -> int:
    """Try the seeds that were asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.ops.damaged", description=__doc__)
    parser.add_argument("--seeds", nargs=2, type=int, default=(0, SEEDS), metavar=("FROM", "TO"))
    seeds = range(*parser.parse_args().seeds)
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch, "pcs")
        make(directory)
        trial = Trial(directory)
        complaints = [one for seed in seeds for one in trial.run(seed)]
    print("\n".join(complaints), file=sys.stderr)
    print(f"{len(seeds)} damaged PCs, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
