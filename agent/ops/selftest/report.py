"""What the selftest found, for people and for programs."""

import json
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agent.ops.selftest.check import Finding, Mark

_SIGNS = {
    Mark.RIGHT: "[green]✓[/]",
    Mark.WRONG: "[bold red]✕[/]",
    Mark.NOT_TRIED: "[yellow]–[/]",
}
_ABOUT = "Everything was done in training mode: nothing of it reached the store or head office."


def print_report(findings: Sequence[Finding], *, url: str, console: Console) -> None:
    """Print the table, then request, answer and hint of each check that failed."""
    table = Table(title=f"Selftest 自检  ·  {escape(url)}")
    for column in ("", "check 项目", "seen 结果"):
        table.add_column(column)
    for finding in _through_gate(findings):
        table.add_row(_SIGNS[finding.mark], escape(finding.check.title), escape(finding.seen))
    console.print(table)
    wrong = [finding for finding in findings if finding.mark is Mark.WRONG]
    for finding in wrong:
        _explain(finding, console)
    right = sum(finding.mark is Mark.RIGHT for finding in findings)
    untried = len(findings) - right - len(wrong)
    console.print(f"{right} right 通过, {len(wrong)} wrong 不符, {untried} not tried 未试.")
    if not any(finding.check.gate for finding in wrong):
        console.print(_ABOUT)


def json_report(findings: Sequence[Finding], *, url: str) -> str:
    """Return the same as one JSON object."""
    checks = [
        {
            "name": finding.check.name,
            "mark": finding.mark,
            "seen": finding.seen,
            "hint": finding.check.hint if finding.mark is Mark.WRONG else None,
            "transcript": finding.transcript if finding.mark is Mark.WRONG else (),
        }
        for finding in findings
    ]
    passed = all(finding.mark is not Mark.WRONG for finding in findings)
    return json.dumps({"url": url, "passed": passed, "checks": checks}, ensure_ascii=False)


def _through_gate(findings: Sequence[Finding]) -> Sequence[Finding]:
    """Return the findings up to the one that ended the selftest, or all."""
    for number, finding in enumerate(findings, 1):
        if finding.check.gate and finding.mark is Mark.WRONG:
            return findings[:number]
    return findings


def _explain(finding: Finding, console: Console) -> None:
    console.print(f"\n[bold red]✕ {escape(finding.check.title)}[/]: {escape(finding.seen)}")
    for part in finding.transcript:
        console.print(escape(part), style="dim", highlight=False)
    console.print(f"[bold]What to do 怎么办:[/] {escape(finding.check.hint)}\n")
