"""`python -m tests.domain.promotions.mutants [NAME …]`: careless code that the tests have to catch.

Each mutant changes one rule in a copy of the code; its killers have to fail on it.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]
CODE = "agent/domain/promotions"
HERE = "tests/domain/promotions"


class Mutant(NamedTuple):
    """One rule changed."""

    file: str
    good: str
    bad: str
    killer: str
    """Of the test that fails."""


MUTANTS = {
    "a minimum is missed by one fen less": Mutant(
        "effects/amount_off.py",
        "counted_fen < self.min_fen",
        "counted_fen <= self.min_fen",
        "test_boundaries.py",
    ),
    "full amounts without their cap": Mutant(
        "effects/amount_off.py",
        "min(counted_fen // self.min_fen, self.repeats)",
        "(counted_fen // self.min_fen)",
        "test_boundaries.py",
    ),
    "half a fen for the customer": Mutant(
        "effects/percent_off.py",
        "base_fen - share(base_fen, self.pay_bp)",
        "share(base_fen, 10_000 - self.pay_bp)",
        "test_boundaries.py",
    ),
    "the first lines in place of the largest remainders": Mutant(
        "spread.py",
        "sorted(range(len(rests)), key=rests.__getitem__, reverse=True)[:short]",
        "range(short)",
        "test_boundaries.py",
    ),
    "greedy in place of best": Mutant(
        "order.py",
        "            if one.forced:\n                left",
        "            if True:\n                left",
        "test_boundaries.py",
    ),
    "the order of scanning breaks ties": Mutant(
        "goods.py", "sorted(found)", "list(found)", "test_boundaries.py"
    ),
    "the gift counts for its own minimum": Mutant(
        "effects/gift.py", "counted - own", "counted - 0 * own", "test_boundaries.py"
    ),
    "groups from the cheapest up": Mutant(
        "candidates.py",
        "(-goods.price[at], at)",
        "(goods.price[at], at)",
        "test_boundaries.py",
    ),
    "a piece in two promotions": Mutant(
        "state.py",
        "free = [q - x for",
        "free = [q - 0 * x for",
        "test_boundaries.py",
    ),
    "a minimum on what coupons have left": Mutant(
        "promotion.py",
        "minimum_on: Stage = Stage.GOODS",
        "minimum_on: Stage = Stage.LEFT",
        "test_boundaries.py",
    ),
    "a coupon where none was needed": Mutant(
        "best.py", "        len(coupons),\n", "        -len(coupons),\n", "test_conditions.py"
    ),
    "any of equal coupons": Mutant(
        "twins.py", 'one.ends if one.coupon else ""', '""', "test_boundaries.py"
    ),
    "any of different coupons that give the same": Mutant(
        "best.py", "sorted(one.ends for one in coupons)", "0", "test_boundaries.py"
    ),
    "the end is inside": Mutant(
        "conditions.py", "at >= end(when.ends)", "at > end(when.ends)", "test_conditions.py"
    ),
    "a night belongs to the day on which it ends": Mutant(
        "conditions.py", "at - timedelta(days=1) if now", "at if now", "test_conditions.py"
    ),
    "the last day does not count": Mutant(
        "conditions.py",
        "context.at.date() <= last",
        "context.at.date() < last",
        "test_book.py",
    ),
    "mandatory shuts nothing out": Mutant(
        "search.py",
        "                blocked |= one.conflicts\n",
        "",
        "test_boundaries.py",
    ),
    "no answer past the budget": Mutant(
        "search.py", "            self._singles()\n", "", "test_properties.py"
    ),
    "a missed minimum in nobody's way": Mutant(
        "interplay.py", "low < least <= one.there", "least > one.there", "test_boundaries.py"
    ),
    "sums are never cut": Mutant(
        "interplay.py", "elif off > there:", "elif off > there < 0:", "test_boundaries.py"
    ),
    "every discount on the untouched price": Mutant(
        "order.py",
        "self._is_untouched and not one.reads_left",
        "self._is_untouched",
        "test_boundaries.py",
    ),
    "what is left is not kept": Mutant(
        "order.py", "bool(one.goods & read)", "False", "test_boundaries.py"
    ),
    "a bound that is too low": Mutant(
        "bound.py", "_best(best, free.in_all)", "_best(best, 1)", "test_boundaries.py"
    ),
    "twins that do not do the same": Mutant(
        "twins.py", "if sums == others:", "if sums is not None:", "test_boundaries.py"
    ),
    "another coupon in the place of a mandatory one": Mutant(
        "search.py",
        "self.slots.reserved = [one for one in kept if one.coupon is not None]",
        "pass",
        "test_boundaries.py",
    ),
    "what held once holds for ever": Mutant(
        "prepared.py",
        "known.until is None or at < known.until",
        "at",
        "test_conditions.py",
    ),
    "each piece gives back whole fen": Mutant(
        "../refunds/refund.py",
        "sale.net_fen[place] * (pieces[place] + quantity) // sale.lines[place].quantity",
        "sale.net_fen[place] // sale.lines[place].quantity * (pieces[place] + quantity)",
        "../refunds/test_refund.py",
    ),
    "a refund asks for money": Mutant(
        "../refunds/refund.py",
        "cut = min(max(fen, 0), over)",
        "cut = 0 * over",
        "test_refund.py",
    ),
}


def is_caught(name: str) -> bool:
    """Whether the killer of a mutant fails on it."""
    mutant = MUTANTS[name]
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        for part in ("agent", HERE, "tests/domain/refunds", "docs/promotions"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        for part in ("pyproject.toml", "tests/__init__.py", "tests/domain/__init__.py"):
            shutil.copy(ROOT / part, copy / part)
        file = copy / CODE / mutant.file
        code = file.read_text("utf-8")
        if code.count(mutant.good) != 1:
            raise ValueError(f"{name}: {mutant.file} holds {code.count(mutant.good)} such places")
        file.write_text(code.replace(mutant.good, mutant.bad), "utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        told = subprocess.run(
            [*command, f"{HERE}/{mutant.killer}"],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
        )
        return told.returncode == 1 and "failed" in told.stdout


def main() -> int:
    """Try the mutants that are named, or all."""
    names = sys.argv[1:] or list(MUTANTS)
    escaped = []
    for name in names:
        caught = is_caught(name)
        print(f"{'caught' if caught else 'ESCAPED':8}{name} ({MUTANTS[name].killer})", flush=True)
        if not caught:
            escaped.append(name)
    return bool(escaped)


if __name__ == "__main__":
    sys.exit(main())
