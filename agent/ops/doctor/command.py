"""`store-agent doctor`: run the checks, tell what was found, mend what is safe to mend."""

import argparse
import os
import sys
from collections.abc import Sequence

import msgspec
from rich.console import Console

from agent.base.logging import configure
from agent.base.settings import SettingsError
from agent.domain.finding import Finding, Result
from agent.domain.staff.cashier import Language
from agent.ops.doctor.check import Check, run_all
from agent.ops.doctor.checks.settings import SETTINGS, wrong_settings
from agent.ops.doctor.ground import Agent, Ground
from agent.ops.doctor.mending import Fix, mend, safe_mends
from agent.ops.doctor.registry import checks_for
from agent.ops.doctor.report import Report, progress
from agent.ops.local_api import ask, health
from agent.settings import Settings

EXIT_GOOD, EXIT_BAD, EXIT_USAGE, EXIT_WARN, EXIT_UNKNOWN = 0, 1, 2, 3, 4
_EXITS = {
    Result.BAD: EXIT_BAD,
    Result.WARN: EXIT_WARN,
    Result.UNKNOWN: EXIT_UNKNOWN,
    Result.GOOD: EXIT_GOOD,
}


def doctor(settings: Settings, arguments: argparse.Namespace) -> int:
    """Print what is found; return the exit code."""
    checks = checks_for(settings)
    strangers = {*arguments.only} - {check.id for check in checks}
    if strangers:
        known = ", ".join(check.id for check in checks)
        print(f"no such check: {', '.join(sorted(strangers))}. There are: {known}", file=sys.stderr)
        return EXIT_USAGE
    if arguments.fix and not arguments.yes and not sys.stdin.isatty():
        print("--fix asks before each command; without a terminal say --yes", file=sys.stderr)
        return EXIT_USAGE
    wanted = [check for check in checks if not arguments.only or check.id in arguments.only]
    findings = _find(wanted, settings, arguments)
    fixes: list[Fix] = []
    if arguments.fix and (found := safe_mends(findings)):
        report = _report(arguments)
        if not arguments.json:
            report.show(findings)
        fixes = mend(found, report, ask_first=not arguments.yes, quiet=arguments.json)
        if any(fix.done for fix in fixes):
            findings = _find(wanted, settings, arguments)
    return _told(findings, fixes, arguments)


def doctor_of_mistakes(error: SettingsError, arguments: argparse.Namespace) -> int:
    """Tell that the settings can't be read; return the exit code."""
    wrong = wrong_settings(str(error))
    finding = Finding(check=SETTINGS.id, title=SETTINGS.title, **msgspec.structs.asdict(wrong))
    return _told([finding], [], arguments)


def _find(
    checks: Sequence[Check], settings: Settings, arguments: argparse.Namespace
) -> list[Finding]:
    """What the checks find, in their order; progress on a terminal while they run."""
    configure(level="error", fmt="auto", stream=sys.stderr)  # the report tells the rest
    ground = Ground(
        settings=settings,
        agent=Agent(
            lambda: dict(ask(settings, "GET", "/api/v1/status")),
            health=lambda: health(settings),
        ),
    )
    found: dict[str, tuple[Finding, ...]] = {}
    titles = [check.title for check in checks]
    with progress(titles, _language(arguments), shown=not arguments.json) as advance:
        for one in run_all(checks, ground):
            found[one[0].check] = one
            advance(one[0].title)
    return [finding for check in checks for finding in found[check.id]]


def _told(findings: Sequence[Finding], fixes: Sequence[Fix], arguments: argparse.Namespace) -> int:
    worst = worst_of(findings)
    if arguments.json:
        told = {"result": worst, "findings": findings, "fixes": fixes}
        print(msgspec.json.encode(told).decode())
    else:
        _report(arguments).show(findings)
    return _EXITS[worst]


def worst_of(findings: Sequence[Finding]) -> Result:
    """Return the worst result of all."""
    results = {finding.result for finding in findings}
    return next((result for result in _EXITS if result in results), Result.GOOD)


def _report(arguments: argparse.Namespace) -> Report:
    return Report(Console(), _language(arguments))


def _language(arguments: argparse.Namespace) -> Language:
    """As the option says, else as the environment does."""
    if arguments.language:
        return Language(arguments.language)
    set_to = next(
        filter(None, (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), ""
    )
    return Language.CHINESE if set_to.startswith("zh") else Language.ENGLISH
