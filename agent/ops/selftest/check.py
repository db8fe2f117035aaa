"""A check: one promise of the agent that a client has to know, and what the client must do."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from agent.ops.selftest.wire import UnexpectedError, Wire


class Mark(StrEnum):
    """How a check ended."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_TRIED = "not_tried"
    """It could not be tried; `seen` says why."""


class NotTriedError(Exception):
    """The check needs something that is not there; says what."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One promise, and how to see whether it is kept."""

    name: str
    """Stable, for programs."""
    title: str
    """For people, English and Chinese."""
    hint: str
    """What the client must do."""
    run: Callable[[Wire], Awaitable[str]]
    """Returns what was seen; raises UnexpectedError or NotTriedError."""
    gate: bool = False
    """Nothing further is tried when this one fails."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """How one check ended."""

    check: Check
    mark: Mark
    seen: str
    transcript: tuple[str, ...] = ()


async def run_all(checks: Sequence[Check], wire: Wire) -> list[Finding]:
    """Run the checks in order; after a gate that fails, none is tried any more."""
    findings: list[Finding] = []
    closed = ""
    for check in checks:
        if closed:
            finding = Finding(check=check, mark=Mark.NOT_TRIED, seen=closed)
        else:
            finding = await _run(check, wire)
        findings.append(finding)
        if check.gate and finding.mark is Mark.WRONG:
            closed = f"first mend '{check.name}'"
    return findings


async def _run(check: Check, wire: Wire) -> Finding:
    wire.transcript.clear()
    try:
        mark, seen = Mark.RIGHT, await check.run(wire)
    except UnexpectedError as error:
        mark, seen = Mark.WRONG, str(error)
    except NotTriedError as error:
        mark, seen = Mark.NOT_TRIED, str(error)
    return Finding(check=check, mark=mark, seen=seen, transcript=tuple(wire.transcript))
