"""Cuts the power at many points of a recording and looks at what is left."""

import hashlib
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
    """Spreads the images evenly over the points between steps; `room` holds one at a time.

    Images that are alike, byte for byte, are examined once: what is in them is the same.
    """
    disk = Disk(honest=honest)
    promised: set[str] = set()
    known: dict[bytes, frozenset[str] | DamagedError] = {}
    for point, step in enumerate(recording, start=1):
        if isinstance(step, Acknowledged):
            promised.add(step.fact)
        else:
            disk.apply(step)
        for number in _share(point, len(recording), images):
            draw = f"{seed}/{number}"
            image = disk.image(Random(draw))
            name = _name(image)
            if name not in known:
                known[name] = _found(_restore(room / "state", image), examine)
            lost, damage = _judge(known[name], promised)
            yield Crash(point=point, draw=draw, promised=len(promised), lost=lost, damage=damage)


def _share(point: int, points: int, images: int) -> range:
    return range((point - 1) * images // points, point * images // points)


def _restore(directory: Path, image: dict[str, bytes]) -> Path:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for name, content in image.items():
        (directory / name).write_bytes(content)
    return directory


def _name(image: dict[str, bytes]) -> bytes:
    """The same for images of the same files with the same content, and for no others."""
    name = hashlib.sha256()
    for file, content in sorted(image.items()):
        name.update(f"{len(file.encode())} {len(content)} {file}".encode())
        name.update(content)
    return name.digest()


def _found(restored: Path, examine: Examine) -> frozenset[str] | DamagedError:
    try:
        return examine(restored)
    except DamagedError as damaged:
        return damaged


def _judge(
    found: frozenset[str] | DamagedError, promised: set[str]
) -> tuple[frozenset[str], str | None]:
    if isinstance(found, DamagedError):
        return frozenset(promised), str(found)
    return frozenset(promised - found), None
