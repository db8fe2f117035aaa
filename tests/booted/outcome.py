"""What came of a case, for people and as a row of docs/reliability.md."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.booted.case import Case
from tests.booted.judge import Verdict


@dataclass(kw_only=True)
class Outcome:
    """One run of one case on one system."""

    case: Case
    suite: str
    systemd: str
    verdict: Verdict | None = None
    failure: str = ""
    """What did not go as it must; empty when all did."""
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def held(self) -> bool:
        """Whether it went as expected, and the judge found nothing."""
        return not self.failure and not (self.verdict and self.verdict.complaints)

    def told(self) -> str:
        """The outcome in one line."""
        parts = ["held" if self.held else "FAILED", *self.notes]
        if self.verdict is not None:
            parts.append(f"{self.verdict.answered} sales answered, each at head office once")
            parts[-1:] = self.verdict.complaints or parts[-1:]
        parts += [self.failure] if self.failure else []
        return "; ".join(parts) + f" ({self.seconds:.0f} s)"

    def cell(self) -> str:
        """The outcome as a cell of a table."""
        if not self.held:
            return f"**failed**: {self.failure or self.verdict}".replace("\n", " ")
        sales = [f"{self.verdict.answered} sales"] if self.verdict else []
        return "; ".join([", ".join(["held", *sales]), *self.notes])


def print_table(outcomes: Sequence[Outcome]) -> None:
    """Print the table of docs/reliability.md: a row for each case, a column for each system."""
    systems = {outcome.suite: outcome.systemd for outcome in outcomes}
    heads = [f"systemd {version} ({suite})" for suite, version in systems.items()]
    _print_row("case", "what happens", "what must hold", *heads)
    _print_row(*["---"] * (3 + len(heads)))
    cells = {(outcome.case.name, outcome.suite): outcome.cell() for outcome in outcomes}
    for case in {outcome.case.name: outcome.case for outcome in outcomes}.values():
        here = [cells.get((case.name, suite), "not run") for suite in systems]
        _print_row(f"`{case.name}`", case.what, case.expected, *here)


def _print_row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |")
