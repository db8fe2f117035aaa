"""Findings: how one thing on a store PC stands, what is wrong with it and what mends it."""

from enum import StrEnum

from msgspec import Struct

from agent.domain.outcome import Sentence


class Result(StrEnum):
    """How a check ended."""

    GOOD = "good"
    WARN = "warn"
    """It works, and won't for ever, or not as it should."""
    BAD = "bad"
    """It does not work, or what is accepted may be lost."""
    UNKNOWN = "unknown"
    """It could not be checked; `said` tells why, and how it can be."""


class Mend(Struct, frozen=True, kw_only=True):
    """A command that mends it, or shows what has to be mended."""

    command: str
    """As typed into root's shell."""
    safe: bool = False
    """Whether `store-agent doctor --fix` runs it: it takes nothing away, and may be run twice."""


class Found(Struct, frozen=True, kw_only=True):
    """What one look found."""

    code: str
    """Stable, for programs."""
    result: Result
    said: Sentence
    """How it stands and why, in plain words."""
    about: str = ""
    """Which of several: an address or a device; empty where there is but one."""
    seen: str = ""
    """Figures and names behind it, for store IT; not translated."""
    advice: Sentence | None = None
    """What people do about it; none where nothing is to be done, or the commands say it."""
    mends: tuple[Mend, ...] = ()
    """Commands, in the order in which they are typed."""


class Finding(Found, frozen=True, kw_only=True):
    """What one look found, with the check that looked."""

    check: str
    """Id of the check; stable, for programs."""
    title: Sentence
    """Name of the check, for people."""
