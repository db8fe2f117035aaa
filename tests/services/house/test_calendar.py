"""What belongs to an hour of the day is done once for each day, whatever becomes of the clock."""

import datetime

from agent.base.clock import DAY_MS, HOUR_MS, Millis
from agent.services.desk.store_desk import StoreDesk
from agent.services.house.calendar import RETRY_MS, Calendar
from tests.services.stopped_clock import StoppedClock

ELEVEN, THREE_PM = datetime.time(11), datetime.time(15)
"""One hour before the clock's noon, and three hours after."""


class Nightly:
    """Work that counts how often it was done."""

    def __init__(self) -> None:
        self.done = 0
        self.fails = False

    async def work(self) -> None:
        if self.fails:
            raise OSError("disk full")
        self.done += 1


def calendar(desk: StoreDesk, nightly: Nightly, at: datetime.time) -> Calendar:
    made = Calendar(desk)
    made.daily("backup", at=at, work=nightly.work)
    return made


async def test_it_is_done_once_a_day_from_its_hour_on(desk: StoreDesk, clock: StoppedClock) -> None:
    nightly = Nightly()
    days = calendar(desk, nightly, THREE_PM)
    done = []
    for _ in range(49):
        await days.look()
        done.append(nightly.done)
        clock.advance(HOUR_MS)
    assert done == [0] * 3 + [1] * 24 + [2] * 22


async def test_what_was_due_while_the_pc_was_off_is_done_after_its_start_and_not_again(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    nightly = Nightly()
    for _ in range(3):
        await calendar(desk, nightly, ELEVEN).look()
    assert nightly.done == 1
    clock.advance(DAY_MS)
    await calendar(desk, nightly, ELEVEN).look()
    assert nightly.done == 2


async def test_what_failed_is_tried_again_the_same_day_and_what_else_is_due_is_done(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    failing, other = Nightly(), Nightly()
    failing.fails = True
    days = Calendar(desk)
    days.daily("backup", at=ELEVEN, work=failing.work)
    days.daily("verification", at=ELEVEN, work=other.work)
    await days.look()
    assert other.done == 1
    failing.fails = False
    await days.look()
    assert failing.done == 0
    clock.advance(RETRY_MS)
    await days.look()
    assert (failing.done, other.done) == (1, 1)


async def test_a_pcs_clock_that_is_set_neither_repeats_nor_forgets_a_day_while_hq_is_heard(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    nightly = Nightly()
    days = calendar(desk, nightly, ELEVEN)
    desk.time.heard(clock.now)
    await days.look()
    for step in (-8 * HOUR_MS, 400 * DAY_MS, -26 * 365 * DAY_MS):
        clock.now = Millis(clock.now + step)
        await days.look()
    assert nightly.done == 1
    clock.advance(DAY_MS)
    await days.look()
    assert nightly.done == 2


async def test_a_day_far_ahead_that_was_a_wrong_clocks_does_not_keep_the_right_days_from_coming(
    desk: StoreDesk, clock: StoppedClock
) -> None:
    nightly = Nightly()
    days = calendar(desk, nightly, ELEVEN)
    right = clock.now
    clock.now = Millis(right + 26 * 365 * DAY_MS)
    await days.look()
    clock.now = right
    desk.time.heard(right)
    await days.look()
    assert nightly.done == 2
