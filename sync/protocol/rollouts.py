"""Staged settings and versions: what head office hands to a share of the stores at a time."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from agent.base.strict_json import MAX_INTEGER

RolloutId = Annotated[int, Meta(ge=1, le=MAX_INTEGER)]
WantedVersion = Annotated[str, Meta(pattern=r"\A([0-9][0-9A-Za-z.+~-]{0,31})?\Z")]
Lines = Annotated[
    tuple[Annotated[str, Meta(max_length=100)], ...],
    Meta(max_length=10, description="at most 10 lines of at most 100 characters"),
]


class StagedSettings(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    rename=lambda name: name.replace("__", "."),
):
    """The settings that head office may stage: what can neither lose, leak nor let in anything.

    No address, no path, no key, nothing that a cashier's or supervisor's right depends on; and the
    limits are narrower than a store's own, so that no store goes out of reach.
    """

    log__level: Literal["debug", "info", "warning", "error"] | UnsetType = UNSET
    hq__poll_seconds: Annotated[int, Meta(ge=1, le=300)] | UnsetType = UNSET
    hq__batch_events: Annotated[int, Meta(ge=10, le=500)] | UnsetType = UNSET
    hq__connect_timeout_ms: Annotated[int, Meta(ge=500, le=60_000)] | UnsetType = UNSET
    hq__request_timeout_ms: Annotated[int, Meta(ge=2_000, le=120_000)] | UnsetType = UNSET
    hq__claim_budget_ms: Annotated[int, Meta(ge=100, le=10_000)] | UnsetType = UNSET
    journal__checkpoint_seconds: Annotated[int, Meta(ge=10, le=600)] | UnsetType = UNSET
    journal__prune_seconds: Annotated[int, Meta(ge=60, le=86_400)] | UnsetType = UNSET
    till__language: Literal["zh-CN", "en"] | UnsetType = UNSET
    receipt__header: Lines | UnsetType = UNSET
    receipt__footer: Lines | UnsetType = UNSET


class RolloutState(StrEnum):
    """What head office wants of a store."""

    WANTED = "wanted"
    WITHDRAWN = "withdrawn"


class RolloutChange(Struct, frozen=True, kw_only=True):
    """One rollout as one store is told of it: settings, or the version of the agent to install."""

    rollout: RolloutId
    state: RolloutState
    settings: StagedSettings | None = None
    version: WantedVersion = ""


class Told(StrEnum):
    """What a store says of a rollout; head office may hear other words of newer agents."""

    WAITING = "waiting"
    """Settings that count from the agent's next start."""
    APPLIED = "applied"
    """They count; or the wanted version runs."""
    OVERRULED = "overruled"
    """The store's own settings say otherwise of every one of them, and win."""
    WANTED = "wanted"
    """Another version is wanted, and not installed yet."""
    FAILED = "failed"
    """The wanted version was installed, did not become healthy, and was rolled back by itself."""
    HINDERED = "hindered"
    """No sale can be recorded there just now, whatever it has of the rollout."""


class RolloutReport(Struct, frozen=True, kw_only=True):
    """How far a store is with a rollout."""

    rollout: RolloutId
    """Which one."""
    state: Annotated[str, Meta(max_length=64)]
    """A word of `Told`, or of a newer version."""


class Running(Struct, frozen=True, kw_only=True):
    """What a store runs, as its hello tells."""

    settings: Annotated[str, Meta(max_length=64)]
    """Digest of all settings in force: the same settings have the same one."""
    rollouts: Annotated[tuple[RolloutReport, ...], Meta(max_length=50)] = ()
    """The newest ones that it knows of."""
