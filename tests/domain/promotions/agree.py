"""`python -m tests.domain.promotions.agree 20000`: the engine against exhaustive search."""

import sys
from random import Random

from agent.domain.promotions.prepared import Prepared
from agent.domain.promotions.price import price
from tests.domain.promotions.exhaustive import least_payable
from tests.domain.promotions.random_cases import random_case


def disagreements(seeds: range) -> list[int]:
    """Return the seeds of the cases in which engine and exhaustive search differ."""
    found = []
    for seed in seeds:
        lines, book, context = random_case(Random(seed))
        priced = price(lines, Prepared(book), context)
        if not priced.complete or priced.payable_fen != least_payable(lines, book, context):
            found.append(seed)
    return found


def main() -> int:
    """Try as many cases as the first argument says."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    found = disagreements(range(count))
    print(f"{count} cases, {len(found)} disagreements: {found[:20]}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
