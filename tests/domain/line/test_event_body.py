"""A body is read by kind and version, for ever; today's form comes out of each."""

import msgspec
import pytest

from agent.domain.coupons.events import RedemptionReversed
from agent.domain.line.event_body import (
    VERSIONS,
    EventReader,
    Reading,
    decode_body,
    kind_of,
    names_of,
)
from agent.domain.line.events import BODY_TYPES, EventKind


class Shouted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A made-up version 1 of `redemption.reversed`: today it has another field name."""

    redemption: str
    coupon_id: str
    why: str


def whispered(old: Shouted) -> RedemptionReversed:
    return RedemptionReversed(
        redemption_id=old.redemption, coupon_id=old.coupon_id, why=old.why.lower()
    )


KIND = EventKind.REDEMPTION_REVERSED
READER = EventReader(
    {**VERSIONS, KIND: (Reading(Shouted, today=whispered), Reading(RedemptionReversed))}
)
OLD = b'{"coupon_id":"c","redemption":"r","why":"WRONG"}'
NEW = b'{"coupon_id":"c","redemption_id":"r","why":"wrong"}'
BODY = RedemptionReversed(redemption_id="r", coupon_id="c", why="wrong")


def test_every_version_of_a_kind_is_read_as_what_it_is_called_today() -> None:
    assert READER.read("redemption.reversed", OLD) == BODY
    assert READER.read("redemption.reversed/2", NEW) == BODY
    assert READER.names(KIND) == ["redemption.reversed", "redemption.reversed/2"]


def test_a_body_of_another_version_is_not_taken_for_this_one() -> None:
    """The control: without the version in its name, the old body could not be read."""
    with pytest.raises(msgspec.ValidationError):
        READER.read("redemption.reversed", NEW)
    with pytest.raises(msgspec.ValidationError):
        READER.read("redemption.reversed/2", OLD)
    with pytest.raises(msgspec.ValidationError):
        decode_body("redemption.reversed", OLD)


@pytest.mark.parametrize("name", ["parcel.lost", "sale.recorded/2", "sale.recorded/1", "", "/2"])
def test_what_is_not_known_has_no_body(name: str) -> None:
    assert decode_body(name, b"{}") is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sale.recorded", EventKind.SALE_RECORDED),
        ("sale.recorded/2", EventKind.SALE_RECORDED),
        ("sale.recorded/9999", EventKind.SALE_RECORDED),
        ("sale.recorded/1", None),
        ("sale.recorded/0", None),
        ("sale.recorded/02", None),
        ("sale.recorded/2/3", None),
        ("sale.recorded/", None),
        ("sale.recorded/２", None),
        ("Sale.recorded", None),
        ("parcel.lost/2", None),
    ],
)
def test_a_name_says_kind_and_version_in_one_way_only(name: str, kind: EventKind | None) -> None:
    assert kind_of(name) is kind


def test_each_kind_is_written_in_its_newest_version() -> None:
    assert {kind: versions[-1].body for kind, versions in VERSIONS.items()} == BODY_TYPES
    assert set(VERSIONS) == set(EventKind)
    assert all(names_of(kind)[0] == kind for kind in EventKind)
