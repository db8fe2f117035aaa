"""What histories came to: a table of accidents, and what was met in their histories."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from tests.simulation.accidents import Accident
from tests.simulation.site import Lived

OUTCOMES: Final = {
    "resent": ("hello resend_from",),
    "walked back": ("hello walk_back",),
    "later epoch": ("later epoch",),
    "reseeded": ("hello reseed",),
    "fenced": ("hello fenced", "403 fenced"),
    "repeat refused": ("repeat refused",),
    "told twice": ("duplicate told",),
    "409": ("409 journal_conflict", "409 journal_gap", "409 epoch_mismatch"),
    "503": ("503 database_unavailable",),
    "claimed": ("claim granted",),
    "claimed elsewhere": ("claim elsewhere",),
    "case": ("case opened",),
}
"""Columns of the table: what must be met in some history."""


def met(lived: Sequence[Lived], accident: Accident) -> dict[str, int]:
    """Return in how many histories with `accident` each outcome was met."""
    found: Counter[str] = Counter()
    for one in lived:
        if accident in one.accidents:
            found["histories"] += 1
            for name, signs in OUTCOMES.items():
                found[name] += any(one.met[sign] for sign in signs)
    return found


def table(lived: Sequence[Lived]) -> str:
    """Return the table in Markdown: a row for each kind of accident."""
    names = ["histories", *OUTCOMES]
    lines = [f"| accident | {' | '.join(names)} |", f"|---|{'--:|' * len(names)}"]
    for accident in Accident:
        row = met(lived, accident)
        cells = (f"{row[name]:,}" for name in names)
        lines.append(f"| {accident.replace('_', ' ')} | {' | '.join(cells)} |")
    return "\n".join(lines)
