"""Cuts the power at many points of a recording and looks at what is left."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.faults.powerloss.disk import Disk
from tests.faults.powerloss.steps import Acknowledged, Step

Examine = Callable[[Path], frozenset[str]]
"""Opens a state directory as after a restart and returns the facts in it; raises DamagedError."""


class DamagedError(Exception):
    """The state directory could not be opened, or what is in it contradicts itself."""


@dataclass(frozen=True, kw_only=True)
class Crash:
    """A power loss and what came of it."""

    point: int
    """Steps made before."""
    draw: str
    """Seed of this crash image: `Random(draw)` gives it again."""
    promised: int
    """Facts acknowledged before."""
    lost: frozenset[str]
    """Those of them that are gone."""
    damage: str | None
    """Why the state directory could not be used; then everything promised is lost."""


def survey(
    recording: Sequence[Step],
    *,
    examine: Examine,
    images: int,
    seed: int,
    room: Path,
    honest: bool = True,
) -> Iterator[Crash]:
    """Spreads the images evenly over the points between steps; `room` holds one at a time."""
    disk = Disk(honest=honest)
    promised: set[str] = set()
    for point, step in enumerate(recording, start=1):
        if isinstance(step, Acknowledged):
            promised.add(step.fact)
        else:
            disk.apply(step)
        for number in _share(point, len(recording), images):
            draw = f"{seed}/{number}"
            restored = _restore(room / "state", disk.image(Random(draw)))
            lost, damage = _judge(restored, examine, promised)
            yield Crash(point=point, draw=draw, promised=len(promised), lost=lost, damage=damage)


def _share(point: int, points: int, images: int) -> range:
    return range((point - 1) * images // points, point * images // points)


def _restore(directory: Path, image: dict[str, bytes]) -> Path:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for name, content in image.items():
        (directory / name).write_bytes(content)
    return directory


def _judge(
    restored: Path, examine: Examine, promised: set[str]
) -> tuple[frozenset[str], str | None]:
    try:
        return frozenset(promised - examine(restored)), None
    except DamagedError as damaged:
        return frozenset(promised), str(damaged)
