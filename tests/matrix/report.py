"""Pytest plugin of `./run faults`: what each test recorded, and how it ended."""

from collections.abc import Sequence

import pytest

from tests.matrix.books import PROPERTY, Row
from tests.matrix.cases import CASES, Case

_HEAD = (
    "| case | what happens | what must come of it | told | at HQ | lost | named | doubled | "
    "what the screen said | outcome |\n|---|---|---|--:|--:|--:|--:|--:|---|---|"
)


class Report:
    """Collects what the tests tell."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        """By node id."""
        self.outcomes: dict[str, str] = {}

    def take_in(self, other: "Report") -> None:
        """Add what another one has."""
        self.rows |= other.rows
        self.outcomes |= other.outcomes

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a phase of a test."""
        if report.failed or report.when == "call":
            self.outcomes[report.nodeid] = report.outcome
        for name, told in report.user_properties:
            if name == PROPERTY and isinstance(told, Row):
                self.rows[report.nodeid] = told

    def table(self, chosen: Sequence[Case] = CASES) -> str:
        """Return the rows of the `chosen` cases, in Markdown."""
        return "\n".join([_HEAD, *(self._line(case) for case in chosen)])

    def held(self, case: Case) -> bool:
        """Whether all tests of the case ran and passed."""
        return all(self._ended(node) == {"passed"} for node in case.tests)

    def _line(self, case: Case) -> str:
        told = [row for node, row in self.rows.items() if any(map(node.startswith, case.tests))]
        found = told[0] if told else None
        figures = (
            (found.before, found.at_hq, found.lost, found.named, found.doubled, found.screen)
            if found
            else ("",) * 6
        )
        ran = sum(1 for node in self.outcomes if any(map(node.startswith, case.tests)))
        outcome = f"held, {ran} tests" if self.held(case) else "FAILED" if ran else "not run"
        cells = (f"`{case.name}`", case.what, case.must, *map(str, figures), outcome)
        return f"| {' | '.join(cells)} |"

    def _ended(self, node: str) -> set[str]:
        return {out for one, out in self.outcomes.items() if one.startswith(node)}


def run(cases: Sequence[Case]) -> Report:
    """Run the tests of `cases` in this process."""
    report = Report()
    nodes = list(dict.fromkeys(node for case in cases for node in case.tests))
    if nodes:
        pytest.main(["-q", "-p", "no:cacheprovider", *nodes], plugins=[report])
    return report
