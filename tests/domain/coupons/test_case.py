"""Two uses of one coupon: who had the right to it."""

from hypothesis import given
from hypothesis import strategies as st

from agent.base.clock import HOUR_MS, Millis
from agent.domain.coupons.case import CREDIBLE_LAG_MS, Ground, Use, judge

HEARD = Millis(1_000_000_000)


def use(
    store: str = "MB001",
    *,
    bound: bool = False,
    claimed: bool = False,
    at: int = 0,
    heard: int = HEARD,
) -> Use:
    """A use of the coupon; long ago by default."""
    return Use(
        store=store,
        redemption_id=f"{store}-{at}",
        bound=bound,
        claimed=claimed,
        occurred_at=Millis(at),
        received_at=Millis(heard),
    )


uses = st.builds(
    use,
    st.sampled_from(["MB001", "MB002", "MB003"]),
    bound=st.booleans(),
    claimed=st.booleans(),
    at=st.integers(0, 4).map(lambda hours: HEARD + (hours - 2) * HOUR_MS),
    heard=st.integers(-1, 1).map(lambda hours: HEARD + hours * HOUR_MS),
)


def test_binding_outranks_time_and_arrival() -> None:
    early, bound = use("MB001", at=1), use("MB002", bound=True, at=2)
    for verdict in (judge(early, bound), judge(bound, early)):
        assert (verdict.winner, verdict.loser, verdict.ground) == (bound, early, Ground.BINDING)


def test_a_claim_outranks_all_but_binding() -> None:
    early, claimed = use("MB001", at=1), use("MB002", claimed=True, at=2)
    bound = use("MB003", bound=True, at=3)
    for verdict in (judge(early, claimed), judge(claimed, early)):
        assert (verdict.winner, verdict.ground) == (claimed, Ground.CLAIM)
    assert judge(claimed, bound).ground is Ground.BINDING


def test_binding_outranks_a_time_that_nobody_believes() -> None:
    early, bound = use("MB001", at=1), use("MB002", bound=True, at=HEARD * 2)
    assert judge(early, bound).winner == bound


def test_the_earlier_of_two_credible_times_wins_whoever_was_heard_first() -> None:
    early, late = use("MB001", at=1), use("MB002", at=2)
    for verdict in (judge(early, late), judge(late, early)):
        assert (verdict.winner, verdict.loser, verdict.ground) == (early, late, Ground.TIME)


def test_two_bound_uses_are_judged_by_time() -> None:
    early, late = use("MB001", bound=True, at=1), use("MB002", bound=True, at=2)
    assert judge(late, early).winner == early


def test_the_same_instant_is_judged_by_arrival() -> None:
    first, second = use("MB001", at=1), use("MB002", at=1)
    verdict = judge(first, second)
    assert (verdict.winner, verdict.loser, verdict.ground) == (first, second, Ground.ARRIVAL)


def test_a_clock_that_ran_ahead_is_believed_up_to_an_hour_and_no_longer() -> None:
    assert CREDIBLE_LAG_MS == HOUR_MS
    other = use("MB001", at=HEARD + 2 * CREDIBLE_LAG_MS, heard=HEARD + 2 * CREDIBLE_LAG_MS)
    at_the_edge = use("MB002", at=HEARD + CREDIBLE_LAG_MS)
    assert judge(other, at_the_edge).ground is Ground.TIME
    beyond = use("MB002", at=HEARD + CREDIBLE_LAG_MS + 1)
    verdict = judge(other, beyond)
    assert (verdict.ground, verdict.winner) == (Ground.ARRIVAL, other)


def test_a_use_that_was_heard_of_late_keeps_its_time() -> None:
    """A store that was cut off for days is believed on when it sold."""
    cut_off = use("MB001", at=1, heard=HEARD * 100)
    assert judge(use("MB002", at=2), cut_off).winner == cut_off


@given(uses, uses)
def test_one_of_the_two_wins_and_the_other_loses(first: Use, second: Use) -> None:
    verdict = judge(first, second)
    assert {id(verdict.winner), id(verdict.loser)} == {id(first), id(second)}


@given(uses, uses)
def test_the_order_of_arrival_decides_only_when_arrival_is_the_ground(
    first: Use, second: Use
) -> None:
    verdict, mirrored = judge(first, second), judge(second, first)
    assert verdict.ground is mirrored.ground
    if verdict.ground is Ground.ARRIVAL:
        assert (verdict.winner, mirrored.winner) == (first, second)
    else:
        assert (verdict.winner, verdict.loser) == (mirrored.winner, mirrored.loser)


@given(uses, uses)
def test_the_ground_is_the_first_that_tells_them_apart(first: Use, second: Use) -> None:
    verdict = judge(first, second)
    assert (verdict.ground is Ground.BINDING) == (first.bound != second.bound)
    if verdict.ground is Ground.BINDING:
        assert verdict.winner.bound
    if verdict.ground is Ground.CLAIM:
        assert (verdict.winner.claimed, verdict.loser.claimed) == (True, False)
    if verdict.ground is Ground.TIME:
        assert verdict.winner.occurred_at < verdict.loser.occurred_at
