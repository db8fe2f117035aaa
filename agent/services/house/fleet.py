"""Fleet: what head office stages for this store, and how far this store is with it."""

from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec import UNSET, Struct, structs

from agent.store.house import rollouts
from agent.store.sqlite import Connection
from sync.protocol.rollouts import (
    RolloutChange,
    RolloutReport,
    Running,
    StagedSettings,
    Told,
)

MAX_TOLD = 50
"""Rollouts that a hello has room for; the newest are told."""

_decoder = msgspec.json.Decoder(RolloutChange)


class FleetStatus(Struct, frozen=True, kw_only=True):
    """What this PC runs, and what head office wants it to run."""

    settings_digest: str
    """Of all settings in force: the same settings have the same one."""
    wanted_version: str
    """Of store-agent; empty: head office wants none in particular."""
    rollouts: tuple[RolloutReport, ...]
    """Each with how far this store is: waiting (it counts from the next start), applied, overruled
    (the store's own settings win), wanted (another version), failed (it was rolled back), hindered
    (no sale can be recorded just now)."""


class Staged(Struct, frozen=True, kw_only=True):
    """What was made of the staged settings at this start."""

    digest: str
    """Of the settings in force."""
    taken: Sequence[RolloutChange] = ()
    """Everything that was known then."""
    overruled: frozenset[str] = frozenset()
    """Settings, `section.name`, of which the store's own say otherwise."""


class Fleet:
    """Compares what is wanted now with what was made of it at the start."""

    def __init__(
        self,
        staged: Staged,
        *,
        version: str,
        can_record: Callable[[], bool] = lambda: True,
        rolled_back: str = "",
    ) -> None:
        """`can_record`: whether a sale can be recorded now; `rolled_back`: the version that was
        tried here and did not become healthy, empty for none."""
        self._staged = staged
        self._can_record = can_record
        self._version = version
        self._rolled_back = rolled_back

    def running(self, db: Connection) -> Running:
        """Return what hello tells."""
        status = self.status(db)
        return Running(settings=status.settings_digest, rollouts=status.rollouts[-MAX_TOLD:])

    def status(self, db: Connection) -> FleetStatus:
        """Return how things stand."""
        known = wanted(db)
        return FleetStatus(
            settings_digest=self._staged.digest,
            wanted_version=wanted_version(known),
            rollouts=tuple(
                RolloutReport(rollout=one.rollout, state=self._told(one)) for one in known
            ),
        )

    def _told(self, rollout: RolloutChange) -> Told:
        if not self._can_record():
            return Told.HINDERED
        if rollout.settings is None:
            return self._told_of_version(rollout.version)
        if rollout not in self._staged.taken:
            return Told.WAITING
        names = named(rollout.settings)
        return Told.OVERRULED if names and self._staged.overruled >= names else Told.APPLIED

    def _told_of_version(self, version: str) -> Told:
        if version == self._version:
            return Told.APPLIED
        return Told.FAILED if version == self._rolled_back else Told.WANTED


def wanted(db: Connection) -> list[RolloutChange]:
    """Return the rollouts that this store is in, the newest last."""
    return [_decoder.decode(body) for body in rollouts.bodies(db)]


def wanted_version(known: Iterable[RolloutChange]) -> str:
    """Return the version that the newest rollout of one wants; empty if none does."""
    return next((one.version for one in reversed([*known]) if one.version), "")


def merged(known: Iterable[RolloutChange]) -> StagedSettings:
    """Return what all rollouts of settings come to: of one setting the newest counts."""
    values = {
        name: getattr(one.settings, name)
        for one in known
        if one.settings is not None
        for name in one.settings.__struct_fields__
        if getattr(one.settings, name) is not UNSET
    }
    return structs.replace(StagedSettings(), **values)


def named(settings: StagedSettings) -> frozenset[str]:
    """Return the settings that are set in it, as `section.name`."""
    return frozenset(msgspec.to_builtins(settings))
