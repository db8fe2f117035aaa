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

    def row(self) -> str:
        """The outcome as a row of a table."""
        sales = str(self.verdict.answered) if self.verdict else "—"
        result = "held" if self.held else f"**failed**: {self.failure or self.verdict}"
        cells = (
            *(f"`{self.case.name}`", self.case.what, self.case.expected),
            *(self.systemd, sales, "; ".join([result, *self.notes])),
        )
        return f"| {' | '.join(cells)} |"


def print_table(outcomes: Sequence[Outcome]) -> None:
    """Print the table of docs/reliability.md."""
    print("| case | what happens | what must hold | systemd | sales | result |")
    print("|---|---|---|---|--:|---|")
    for outcome in outcomes:
        print(outcome.row())
