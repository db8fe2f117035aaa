"""HQ's answer to hello: told apart by where both sides stand, and nothing that HQ holds is lost."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.line.chain import GENESIS
from sync.protocol.limits import PROTOCOL
from sync.protocol.messages import Action, Hello, Point
from sync.protocol.position import ORIGIN, HelloDecision, Offer, StorePosition, decide_hello
from tests.protocol.places import (
    HQ_EPOCH,
    INSTALL,
    OTHER_INSTALL,
    hello,
    holds,
    point,
    position,
)


def answer(said: Hello, stands: StorePosition) -> HelloDecision:
    return decide_hello(said, stands, holds(stands.accepted.seq))


def brief(decision: HelloDecision) -> tuple[Action, int, int]:
    return decision.action, decision.epoch, decision.accepted.seq


# In the same epoch


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (hello(10), (Action.CONTINUE, 3, 10)),  # both at the same place
        (hello(12, acked_seq=10), (Action.CONTINUE, 3, 10)),  # the store has more
        (hello(12, acked_seq=8), (Action.CONTINUE, 3, 10)),  # and lost an answer
        (hello(12), (Action.RESEND_FROM, 3, 10)),  # HQ knows less than it acknowledged
        (hello(7), (Action.NEW_EPOCH, 4, 7)),  # the store's disk was set back
        (hello(0), (Action.NEW_EPOCH, 4, 0)),  # or emptied
        (hello(7, "b"), (Action.WALK_BACK, 3, 10)),  # and differs besides
        (hello(10, "b"), (Action.WALK_BACK, 3, 10)),
        (hello(12, "b"), (Action.RESEND_FROM, 3, 10)),  # the batch's prev_hash will tell
    ],
)
def test_where_both_stand_decides(said: Hello, expected: tuple[Action, int, int]) -> None:
    assert brief(answer(said, position(10))) == expected


def test_an_empty_store_and_an_empty_hq_go_on() -> None:
    assert brief(answer(hello(0), position(0))) == (Action.CONTINUE, 3, 0)


# Strangers, copies, incarnations


@pytest.mark.parametrize("protocol", [0, PROTOCOL + 1, -1])
def test_another_protocol_keeps_its_queue(protocol: int) -> None:
    said = hello(protocol=protocol, install_id=OTHER_INSTALL, hq_epoch="hq-0")
    assert brief(answer(said, position())) == (Action.UPGRADE, 3, 10)


@pytest.mark.parametrize("trail", [(), (point(10), ORIGIN)])
@pytest.mark.parametrize("epoch", [0, 2, 3, 4])
def test_another_installation_is_fenced_whatever_it_says(
    epoch: int, trail: tuple[Point, ...]
) -> None:
    said = hello(install_id=OTHER_INSTALL, epoch=epoch, trail=trail, hq_epoch="hq-0")
    assert brief(answer(said, position())) == (Action.FENCED, 3, 10)


@pytest.mark.parametrize(
    ("last", "trail"),
    [(last, trail) for last in (0, 7, 10) for trail in ((), (point(10), point(5), ORIGIN))]
    + [(12, (point(10), point(5), ORIGIN))],
)
@pytest.mark.parametrize("base", [ORIGIN, point(5)])
def test_an_older_copy_of_the_disk_is_fenced_once_the_newer_epoch_was_used(
    last: int, trail: tuple[Point, ...], base: Point
) -> None:
    said = hello(last, epoch=2, trail=trail)
    assert brief(answer(said, position(10, base=base))) == (Action.FENCED, 3, 10)


@pytest.mark.parametrize(
    ("last", "abandoned", "expected"),
    [
        (12, frozenset(), (Action.NEW_EPOCH, 4, 9)),
        (12, frozenset({2}), (Action.FENCED, 3, 10)),  # it gave way before
        (10, frozenset(), (Action.FENCED, 3, 10)),  # the newer one has more
    ],
)
def test_the_disk_in_use_goes_on_when_an_older_copy_began_a_newer_epoch(
    last: int, abandoned: frozenset[int], expected: tuple[Action, int, int]
) -> None:
    """HQ stands at 10 of the copy's journal, and holds the other one up to 9 besides."""
    trail = (point(12, "b"), point(9, "b"), point(5), ORIGIN)
    stands = position(10, base=point(5), abandoned=abandoned)
    left_behind = {point(9, "b"): 2, point(5): 2}

    decision = decide_hello(
        hello(last, "b", epoch=2, trail=trail), stands, holds(10), left_behind.get
    )

    assert brief(decision) == expected


def test_a_longer_disk_of_an_older_epoch_is_asked_for_its_trail() -> None:
    decision = answer(hello(12, "b", epoch=2), position(10, base=point(5)))
    assert brief(decision) == (Action.WALK_BACK, 3, 10)


def test_a_cursor_of_another_incarnation_is_forgotten_before_anything_moves() -> None:
    for said in (
        hello(hq_epoch="hq-0"),
        hello(7, hq_epoch="hq-0"),
        hello(epoch=9, hq_epoch="hq-0"),
    ):
        assert brief(answer(said, position())) == (Action.RESEED, 3, 10)
    assert answer(hello(hq_epoch=""), position()).action is Action.CONTINUE


def test_an_epoch_that_hq_lost_is_walked_back_from() -> None:
    assert brief(answer(hello(epoch=4), position())) == (Action.WALK_BACK, 3, 10)


# First hello


@pytest.mark.parametrize(
    ("said", "stands", "expected"),
    [
        # a new store
        (hello(0, epoch=0, hq_epoch=""), position(0, epoch=0), (Action.NEW_EPOCH, 1, 0)),
        # which sold before it ever reached HQ
        (hello(12, epoch=0, hq_epoch=""), position(0, epoch=0), (Action.NEW_EPOCH, 1, 0)),
        # a new disk, after HQ released the old one
        (hello(0, epoch=0, hq_epoch=""), position(10), (Action.NEW_EPOCH, 4, 0)),
        # the old disk in a new machine
        (hello(12, epoch=3), position(10), (Action.WALK_BACK, 3, 10)),
        # a new disk that sold before it said hello
        (hello(4, epoch=0), position(10), (Action.WALK_BACK, 3, 10)),
        # a store of an HQ that was set up anew
        (hello(12, epoch=3, hq_epoch=""), position(0, epoch=0), (Action.WALK_BACK, 0, 0)),
    ],
)
def test_a_released_identity_is_taken_up(
    said: Hello, stands: StorePosition, expected: tuple[Action, int, int]
) -> None:
    free = msgspec.structs.replace(stands, install_id=None)
    assert brief(answer(said, free)) == expected


@pytest.mark.parametrize(
    ("said", "fenced", "let_in"),
    [
        # with an empty journal: the disk was copied before the store sold anything
        (hello(0), Action.FENCED, (Action.NEW_EPOCH, 5, 0)),
        (hello(4), Action.FENCED, (Action.WALK_BACK, 3, 10)),
        (hello(4, trail=(point(4), ORIGIN)), Action.FENCED, (Action.NEW_EPOCH, 5, 4)),
    ],
)
def test_a_copy_whose_offer_is_void_is_let_in_by_a_release(
    said: Hello, fenced: Action, let_in: tuple[Action, int, int]
) -> None:
    copy = msgspec.structs.replace(said, epoch=4)
    stands = position(
        10, offers={4: Offer(base=Point(said.last_seq, said.last_hash), is_void=True)}
    )
    assert answer(copy, stands).action is fenced
    assert brief(answer(copy, msgspec.structs.replace(stands, install_id=None))) == let_in


def test_a_lost_first_answer_is_given_again() -> None:
    said = hello(0, epoch=0, hq_epoch="")
    first = answer(said, position(0, epoch=0, install_id=None))
    assert first.action is Action.NEW_EPOCH
    moved = position(0, epoch=first.epoch)
    assert brief(answer(said, moved)) == brief(first)
    later = hello(4, epoch=0, hq_epoch="", acked_seq=0)
    assert brief(answer(later, moved)) == brief(first), "it sold in the meantime"


def test_a_lost_answer_to_a_disk_that_was_set_back_is_given_again() -> None:
    first = answer(hello(7), position(10))
    assert brief(first) == (Action.NEW_EPOCH, 4, 7)
    moved = position(7, epoch=4, base=point(7))
    assert brief(answer(hello(7), moved)) == brief(first)
    assert brief(answer(hello(9, "b", acked_seq=7), moved)) == (Action.WALK_BACK, 4, 7)
    walked = hello(9, "b", acked_seq=7, trail=(point(9, "b"), point(7), ORIGIN))
    assert brief(answer(walked, moved)) == (Action.NEW_EPOCH, 5, 7)


# The trail


@pytest.mark.parametrize(
    ("trail", "shared"),
    [
        ((point(12), point(10), point(5), ORIGIN), 10),
        ((point(12, "b"), point(9, "b"), point(5), point(2), ORIGIN), 5),
        ((point(12, "b"), point(9, "b"), ORIGIN), 0),
        ((point(9, "b"),), 0),  # one that does not end where it should
        ((Point(0, "ff" * 32),), 0),  # or lies about the beginning
    ],
)
@pytest.mark.parametrize("epoch", [3, 4, 9])
@pytest.mark.parametrize("install_id", [INSTALL, None])
def test_a_trail_leads_to_the_newest_place_that_both_share(
    trail: tuple[Point, ...], shared: int, epoch: int, install_id: str | None
) -> None:
    said = hello(12, epoch=epoch, trail=trail)
    decision = answer(said, position(10, install_id=install_id))
    assert brief(decision) == (Action.NEW_EPOCH, max(3, epoch) + 1, shared)
    assert decision.accepted == point(shared)


# Whatever is said

points = st.builds(point, st.integers(0, 12), st.sampled_from("ab"))
any_hello = st.builds(
    hello,
    st.integers(0, 12),
    st.sampled_from("ab"),
    install_id=st.sampled_from([INSTALL, OTHER_INSTALL]),
    epoch=st.integers(0, 5),
    acked_seq=st.integers(0, 12),
    hq_epoch=st.sampled_from([HQ_EPOCH, HQ_EPOCH, "", "hq-0"]),
    protocol=st.sampled_from([PROTOCOL] * 9 + [0]),
    trail=st.just(()) | st.lists(points, max_size=5).map(tuple),
)
any_position = st.builds(
    lambda accepted, base, epoch, install_id: position(
        accepted, base=point(min(base, accepted)), epoch=epoch, install_id=install_id
    ),
    st.integers(0, 10),
    st.integers(0, 10),
    st.integers(0, 5),
    st.sampled_from([INSTALL, INSTALL, None]),
)


@given(any_hello, any_position)
def test_what_hq_holds_is_overwritten_by_no_answer(said: Hello, stands: StorePosition) -> None:
    """Sending goes on either right after all that HQ holds, or in an epoch of its own."""
    decision = answer(said, stands)
    if decision.epoch == stands.epoch:
        assert decision.accepted == stands.accepted
    else:
        assert decision.action is Action.NEW_EPOCH
        assert decision.epoch > max(stands.epoch, said.epoch)


@given(any_hello, any_position)
def test_a_new_epoch_begins_where_both_sides_are_the_same(
    said: Hello, stands: StorePosition
) -> None:
    decision = answer(said, stands)
    if decision.action is Action.NEW_EPOCH:
        named = {Point(said.last_seq, said.last_hash), *said.trail, ORIGIN}
        assert decision.accepted in named
        assert decision.accepted.seq <= stands.accepted.seq
        assert decision.accepted == point(decision.accepted.seq)


@given(any_hello, any_position)
def test_only_the_installation_that_hq_knows_may_send(said: Hello, stands: StorePosition) -> None:
    decision = answer(said, stands)
    if stands.install_id not in (None, said.install_id):
        assert decision.action in (Action.FENCED, Action.UPGRADE)


@given(any_hello, any_position)
def test_a_store_that_is_told_to_walk_back_gets_further_with_its_trail(
    said: Hello, stands: StorePosition
) -> None:
    if answer(said, stands).action is Action.WALK_BACK:
        trail = (Point(said.last_seq, said.last_hash), ORIGIN)
        walked = msgspec.structs.replace(said, trail=trail)
        overtaken = said.epoch < stands.epoch and stands.accepted != stands.base
        expected = (Action.NEW_EPOCH, Action.FENCED) if overtaken else (Action.NEW_EPOCH,)
        assert answer(walked, stands).action in expected


@given(any_hello, any_position)
def test_hq_looks_up_only_what_the_hello_names(said: Hello, stands: StorePosition) -> None:
    asked = set()
    at = holds(stands.accepted.seq)

    def watched(seq: int) -> str | None:
        asked.add(seq)
        found: str | None = at(seq)
        return found

    decide_hello(said, stands, watched)
    assert asked <= {said.last_seq, *(place.seq for place in said.trail)}


def test_the_origin_is_the_genesis_of_every_journal() -> None:
    assert Point(0, GENESIS.hex()) == ORIGIN
