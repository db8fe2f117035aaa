"""A body of an event never changes within its version: what was recorded says how each one is."""

from itertools import groupby

import msgspec
import pytest

from agent.domain.coupons.events import RedemptionReversed
from agent.domain.line.event_body import kind_of
from sync.protocol.messages import Entity
from tests.versions.recording import RECORDED_DIR, Recording, recorded, shape_of, shapes

VERSIONS = [version for version, _ in groupby(recorded(), key=lambda one: one[0])]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_body_that_was_ever_written_is_what_it_was(version: str) -> None:
    """If this fails: give the kind a new version, with the old type's decoder beside the new one
    (docs/protocol.md, Versions). Only a version that is not released yet is recorded anew:
    `python -m tests.versions.record --anew`."""
    then = msgspec.json.decode((RECORDED_DIR / version / "shapes.json").read_bytes())
    now = msgspec.json.decode(msgspec.json.encode(shapes()))
    assert {name: now.get(name) for name in then} == then


def test_a_field_more_is_another_shape() -> None:
    """The control of the test before."""

    class Longer(RedemptionReversed, frozen=True, kw_only=True):
        approved_by: str | None = None

    assert shape_of(Longer) != shape_of(RedemptionReversed)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_recorded_day_has_every_kind_of_event_and_every_entity(version: str) -> None:
    stores = [Recording.read(RECORDED_DIR / then, store) for then, store in recorded()]
    written = {msgspec.json.decode(line)["kind"] for store in stores for line in store.lines}
    told = {
        change["entity"]
        for store in stores
        for page in store.pages
        for change in msgspec.json.decode(page)["changes"]
    }
    then = msgspec.json.decode((RECORDED_DIR / version / "shapes.json").read_bytes())
    assert written == {name for name in then if _is_newest(name, then)}
    if version == VERSIONS[-1]:
        assert told == set(Entity)


def _is_newest(name: str, names: dict[str, object]) -> bool:
    """Whether `name` is the version of its kind that was written then."""
    same = [other for other in names if kind_of(other) is kind_of(name)]
    return name == max(same, key=lambda other: (len(other), other))
