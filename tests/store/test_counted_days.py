"""Nothing is deleted because a clock calls it old: days are counted, by the monotonic clock."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.base.clock import DAY_MS, HOUR_MS, SECOND_MS, Millis
from agent.store import counted_days, idempotency
from agent.store.counted_days import COUNTS_AFTER_MS
from agent.store.coupons import handouts
from agent.store.coupons.handouts import Handout
from agent.store.idempotency import Answer
from agent.store.sqlite import Connection

BEGIN = Millis(1_767_240_000_000)
DAYS = 3
NO_LIMIT = 1_000

Spell = tuple[int, int]
"""So many ms go by; then the clock is so many ms off."""

spells = st.lists(
    st.tuples(
        st.sampled_from([5 * SECOND_MS, HOUR_MS, COUNTS_AFTER_MS, 12 * HOUR_MS, DAY_MS]),
        st.one_of(st.just(0), st.integers(-40 * 365, 40 * 365).map(lambda days: days * DAY_MS)),
    ),
    max_size=30,
)


class House:
    """A store that writes an answer and gets a coupon with each spell, and deletes what is old."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self.ran_ms = 0
        self.readings: list[tuple[Millis, Millis]] = []
        """The clock at each counted day, and the right time then."""
        self.answered: dict[str, int] = {}
        """What had run when it was answered, by key."""
        self.coupons: dict[str, Millis] = {}
        """When it expires, by id."""

    @property
    def right(self) -> Millis:
        return Millis(BEGIN + self.ran_ms)

    def spend(self, spell: Spell) -> None:
        went_by, off = spell
        self.ran_ms += went_by
        told = Millis(self.right + off)
        self._live(went_by, told)
        self._forget(told)
        self._add(told)

    def is_known(self, key: str) -> bool:
        return idempotency.find(self._db, "pos", key, b"") is not None

    def left(self) -> set[str]:
        """Return the coupons that are there."""
        return {row[0] for row in self._db.execute("SELECT coupon_id FROM handout")}

    def _live(self, went_by: int, told: Millis) -> None:
        count = "SELECT count(*) FROM counted_day"
        before = self._db.execute(count).fetchone()
        date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=told)
        counted_days.live(self._db, went_by, date=date.date().isoformat(), at=told)
        if self._db.execute(count).fetchone() != before:
            self.readings.append((told, self.right))

    def _forget(self, told: Millis) -> None:
        day = counted_days.day_ago(self._db, DAYS)
        idempotency.forget(self._db, idempotency.kept_until(self._db, day, NO_LIMIT))
        by = min(told, counted_days.past_for_sure(self._db, DAYS))
        handouts.forget_expired(self._db, Millis(by), limit=NO_LIMIT)

    def _add(self, told: Millis) -> None:
        key = str(len(self.answered))
        idempotency.keep(self._db, "pos", key, b"", Answer(201, b"{}"), told)
        self.answered[key] = self.ran_ms
        expires = Millis(self.right + DAY_MS)
        coupon = Handout(coupon_id=key, campaign=1, token="", from_fen=0, expires=expires)
        handouts.put(self._db, coupon)
        self.coupons[key] = expires


@pytest.fixture
def new_house(db: Connection) -> Iterator[Callable[[], House]]:
    """Makes a house of which nothing is left when the next is made: migrating takes long."""

    def make() -> House:
        if db.in_transaction:
            db.execute("ROLLBACK")
        db.execute("BEGIN")
        return House(db)

    yield make
    db.execute("ROLLBACK")


anew = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@anew
@given(history=spells)
def test_an_answer_stays_until_so_many_days_were_lived_through_whatever_the_clock_says(
    new_house: Callable[[], House], history: list[Spell]
) -> None:
    house = new_house()
    for spell in history:
        house.spend(spell)
        for key, ran_ms in house.answered.items():
            assert house.is_known(key) or house.ran_ms - ran_ms >= DAYS * COUNTS_AFTER_MS


@anew
@given(history=spells)
def test_a_coupon_stays_unless_it_was_expired_by_a_clock_that_was_right_or_slow_for_once(
    new_house: Callable[[], House], history: list[Spell]
) -> None:
    house = new_house()
    for spell in history:
        there = house.left()
        house.spend(spell)
        if any(told <= right for told, right in house.readings[-DAYS:]):
            assert all(house.coupons[gone] <= house.right for gone in there - house.left())


@anew
@given(hours=st.integers(5, 24), days=st.integers(DAYS + 2, 12))
def test_with_a_right_clock_nothing_is_kept_for_longer_than_a_day_more(
    new_house: Callable[[], House], hours: int, days: int
) -> None:
    house = new_house()
    for _ in range(days):
        house.spend((hours * HOUR_MS, 0))
        house.ran_ms += (24 - hours) * HOUR_MS  # the PC is off, which nobody counts
    old = [str(n) for n in range(days - DAYS - 2)]
    assert not any(house.is_known(key) for key in old)


def test_control_days_counted_by_the_clock_alone_would_go_by_in_seconds(
    new_house: Callable[[], House], monkeypatch: pytest.MonkeyPatch
) -> None:
    leaps = [(5 * SECOND_MS, days * 365 * DAY_MS) for days in range(DAYS + 3)]

    def first_answer_after_leaps() -> bool:
        house = new_house()
        for leap in leaps:
            house.spend(leap)
        return house.is_known("0")

    assert first_answer_after_leaps()
    monkeypatch.setattr(counted_days, "COUNTS_AFTER_MS", 0)
    assert not first_answer_after_leaps()
