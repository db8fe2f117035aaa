"""Identifiers are UUIDv7: unique, readable by everybody, sorted by when they were made."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import Millis
from agent.base.ids import uuid7

instants = st.integers(0, 2**48 - 1).map(Millis)


@given(instants)
def test_an_id_is_a_uuid_of_version_7_and_the_rfc_9562_variant(now: Millis) -> None:
    text = uuid7(now)
    made = uuid.UUID(text)
    assert str(made) == text
    assert (made.version, made.variant) == (7, uuid.RFC_4122)


@given(instants)
def test_an_id_holds_its_instant(now: Millis) -> None:
    assert uuid.UUID(uuid7(now)).int >> 80 == now


@given(instants, instants)
def test_ids_sort_by_their_instants(first: Millis, second: Millis) -> None:
    if first != second:
        assert (uuid7(first) < uuid7(second)) == (first < second)


def test_ids_of_one_instant_differ_in_all_74_random_bits() -> None:
    made = [uuid.UUID(uuid7(Millis(0))).int for _ in range(400)]
    assert len(set(made)) == len(made)
    ever_set = ever_clear = 0
    for value in made:
        ever_set |= value
        ever_clear |= ~value
    assert (ever_set & ever_clear & (1 << 128) - 1).bit_count() == 74
