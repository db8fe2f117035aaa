"""Mending: the safe commands among what was found, run one after the other."""

import os
import shlex
from collections.abc import Sequence

from msgspec import Struct

from agent.domain.finding import Finding, Result
from agent.ops.doctor.commands import output_of
from agent.ops.doctor.report import Report

TIMEOUT_S = 120.0
MAX_SAID = 500
"""So many characters of a command's output are told, from its end."""
_START = "systemctl start "
_AS_ROOT = "sudo store-agent doctor --fix"


class Fix(Struct, frozen=True, kw_only=True):
    """What came of one command."""

    command: str
    done: bool
    said: str = ""
    """The end of its output; or why it was not run."""


def safe_mends(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Return the safe commands for what is not good, each once, in their order.

    What starts the agent comes last: it starts only once what kept it from that is mended.
    """
    commands = dict.fromkeys(
        mend.command
        for finding in findings
        if finding.result is not Result.GOOD
        for mend in finding.mends
        if mend.safe
    )
    return tuple(sorted(commands, key=lambda command: command.startswith(_START)))


def mend(commands: Sequence[str], report: Report, *, ask_first: bool, quiet: bool) -> list[Fix]:
    """Run the commands, say what each did; `ask_first` for each, `quiet`: print nothing."""
    fixes = []
    for command in commands:
        if ask_first and not _agreed(command, report):
            fixes.append(Fix(command=command, done=False, said="not wanted"))
            continue
        fixes.append(_run(command))
        if not quiet:
            _tell(fixes[-1], report)
    return fixes


def _agreed(command: str, report: Report) -> bool:
    report.line(f"要执行吗? {command} [y/N] ", f"Run this? {command} [y/N] ", style="bold")
    try:
        return input().strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _run(command: str) -> Fix:
    try:
        status, said = output_of(shlex.split(command), timeout_s=TIMEOUT_S)
    except OSError as error:
        return Fix(command=command, done=False, said=str(error))
    if status and os.geteuid() != 0:
        said = f"{said.strip()}\n{_AS_ROOT}"
    return Fix(command=command, done=status == 0, said=said.strip()[-MAX_SAID:])


def _tell(fix: Fix, report: Report) -> None:
    if fix.done:
        report.line(f"已执行：{fix.command}", f"Done: {fix.command}", style="green")
    else:
        report.line(f"没有成功：{fix.command}", f"Not done: {fix.command}", style="red")
    if fix.said:
        report.line(f"    {fix.said}", f"    {fix.said}", style="dim")
