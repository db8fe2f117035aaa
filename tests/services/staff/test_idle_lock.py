"""A till locks when its cashier did nothing for a while, whatever the clock was in between."""

from dataclasses import replace

import pytest

from agent.base.clock import DAY_MS, MINUTE_MS, Millis
from agent.domain.staff.cashier import Role
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.timekeeper import Timekeeper
from agent.services.staff.approvals import Approval, Approvals
from agent.services.staff.pin_check import PinCheck
from agent.services.staff.pins import Pins
from agent.services.staff.roster import NewCashier, Staff
from agent.services.staff.till_sessions import SignIn, TillSessions, token_hash
from tests.services.stopped_clock import StoppedClock

pytestmark = pytest.mark.usefixtures("cheap_pins")

CHEN, PIN = "2001", "86420"
IDLE_MS = 5 * MINUTE_MS


@pytest.fixture
async def check(desk: StoreDesk) -> PinCheck:
    pins = Pins(b"p" * 32)
    order = NewCashier(cashier=CHEN, name="陈主管", pin=PIN, role=Role.SUPERVISOR)
    await Staff(desk, pins).add(order)
    return PinCheck(desk, pins)


@pytest.fixture
def sessions(desk: StoreDesk, check: PinCheck) -> TillSessions:
    return TillSessions(desk, check, till="T1", idle_ms=IDLE_MS)


@pytest.fixture
async def session(sessions: TillSessions) -> bytes:
    token, _ = await sessions.sign_in(SignIn(cashier=CHEN, pin=PIN))
    return token_hash(token)


async def is_locked(sessions: TillSessions, session: bytes) -> bool:
    row = await sessions.find(session)
    assert row is not None
    return row.locked


async def test_it_locks_when_nothing_was_done_for_the_time_set(
    sessions: TillSessions, session: bytes, clock: StoppedClock
) -> None:
    clock.advance(IDLE_MS - 1)
    assert not await is_locked(sessions, session)
    clock.advance(1)
    assert await is_locked(sessions, session)


@pytest.mark.parametrize("off_ms", [DAY_MS, 400 * DAY_MS, -DAY_MS, MINUTE_MS])
@pytest.mark.parametrize("heard", [True, False])
async def test_a_clock_that_is_set_neither_locks_it_nor_keeps_it_open(
    desk: StoreDesk,
    check: PinCheck,
    sessions: TillSessions,
    session: bytes,
    clock: StoppedClock,
    off_ms: int,
    heard: bool,
) -> None:
    """Set by people, or found far off by head office."""
    approvals = Approvals(desk, check)
    await approvals.give(session, Approval(cashier=CHEN, pin=PIN))
    if heard:
        desk.time.heard(Millis(clock.now + off_ms))
    else:
        clock.now = Millis(clock.now + off_ms)
    assert not await is_locked(sessions, session)
    assert await approvals.take(session, CHEN) is not None
    clock.advance(IDLE_MS)
    assert await is_locked(sessions, session)


async def test_a_clock_that_is_a_little_behind_after_a_restart_locks_nothing(
    desk: StoreDesk, check: PinCheck, session: bytes, clock: StoppedClock
) -> None:
    """Head office, whose clock told the time before, is out of reach then."""
    for behind_ms, locks in ((MINUTE_MS, False), (IDLE_MS, True)):
        clock.advance(-behind_ms)
        time = Timekeeper(
            clock=clock, zone=desk.time.zone, contact_at=Millis(0), newest_journal=Millis(0)
        )
        again = TillSessions(replace(desk, time=time), check, till="T1", idle_ms=IDLE_MS)
        assert await is_locked(again, session) is locks
