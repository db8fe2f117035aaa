"""Who is removed, or gets another PIN, is not let in, nor approves, by the old one: not even by a
PIN that was being looked at just then."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from agent.base.clock import HOUR_MS
from agent.domain.staff.cashier import Role
from agent.services.desk.errors import RequestError
from agent.services.desk.store_desk import StoreDesk
from agent.services.staff.approvals import Approval, Approvals
from agent.services.staff.errors import SignInRefusedError
from agent.services.staff.pin_check import PinCheck
from agent.services.staff.pins import Pins
from agent.services.staff.roster import NewCashier, NewPin, Staff
from agent.services.staff.till_sessions import SignIn, TillSessions, token_hash

pytestmark = pytest.mark.usefixtures("cheap_pins")

CHEN, PIN, NEW_PIN = "2001", "86420", "97531"
DAI, DAIS_PIN = "3001", "13579135"


class HeldPins(Pins):
    """Looks at a PIN and, while it `holds`, tells of it before it says what it saw."""

    def __init__(self) -> None:
        super().__init__(b"p" * 32)
        self.holds = False
        self.seen = asyncio.Event()
        self.said = asyncio.Event()

    async def matches(self, pin_hash: str | None, pin: str) -> bool:
        is_right = await super().matches(pin_hash, pin)
        if self.holds:
            self.seen.set()
            await self.said.wait()
        return is_right


class Desk:
    """A till with two supervisors and their sessions."""

    def __init__(self, desk: StoreDesk) -> None:
        self.pins = HeldPins()
        check = PinCheck(desk, self.pins)
        self.sessions = TillSessions(desk, check, till="T1", idle_ms=HOUR_MS)
        self.approvals = Approvals(desk, check)
        self.staff = Staff(desk, self.pins)

    async def hire(self) -> None:
        for number, pin in ((CHEN, PIN), (DAI, DAIS_PIN)):
            order = NewCashier(cashier=number, name=number, pin=pin, role=Role.SUPERVISOR)
            await self.staff.add(order)

    async def sign_in(self) -> bytes:
        token, _ = await self.sessions.sign_in(SignIn(cashier=CHEN, pin=PIN))
        return token_hash(token)

    async def approve(self, session: bytes) -> None:
        await self.approvals.give(session, Approval(cashier=DAI, pin=DAIS_PIN))

    async def lock(self, session: bytes) -> None:
        await self.sessions.lock(session)

    async def while_looked_at(
        self, attempt: Awaitable[object], meanwhile: Awaitable[object] | None
    ) -> object:
        """Return what `attempt` comes to, or its refusal, when `meanwhile` happens amid it."""
        self.pins.holds = True
        trying = asyncio.ensure_future(attempt)
        await self.pins.seen.wait()
        if meanwhile is not None:
            await meanwhile
        self.pins.said.set()
        (came,) = await asyncio.gather(trying, return_exceptions=True)
        self.pins.holds = False
        return came


@pytest.fixture
async def till(desk: StoreDesk) -> Desk:
    till = Desk(desk)
    await till.hire()
    return till


def nothing(_: Desk) -> None:
    return None


def new_pin(till: Desk) -> Awaitable[object]:
    return till.staff.set_pin(CHEN, NewPin(pin=NEW_PIN))


def removal(till: Desk) -> Awaitable[object]:
    return till.staff.remove(CHEN)


Meanwhile = Callable[[Desk], Awaitable[object] | None]
each_end = pytest.mark.parametrize("end", [new_pin, removal])


@each_end
async def test_a_sign_in_under_way_does_not_outlive_its_pin(till: Desk, end: Meanwhile) -> None:
    came = await till.while_looked_at(till.sign_in(), end(till))
    assert isinstance(came, SignInRefusedError)


async def test_a_sign_in_under_way_comes_about_otherwise(till: Desk) -> None:
    session = await till.while_looked_at(till.sign_in(), None)
    assert isinstance(session, bytes)
    assert await till.sessions.find(session)


@each_end
async def test_an_unlock_under_way_does_not_outlive_its_pin(till: Desk, end: Meanwhile) -> None:
    session = await till.sign_in()
    await till.lock(session)
    came = await till.while_looked_at(till.sessions.unlock(session, PIN), end(till))
    assert isinstance(came, RequestError)
    assert await till.sessions.find(session) is None


@pytest.mark.parametrize(("end", "approved"), [(nothing, True), (new_pin, False), (removal, False)])
async def test_an_approval_under_way_does_not_outlive_its_pin(
    till: Desk, end: Meanwhile, approved: bool
) -> None:
    token, _ = await till.sessions.sign_in(SignIn(cashier=DAI, pin=DAIS_PIN))
    session = token_hash(token)
    attempt = till.approvals.give(session, Approval(cashier=CHEN, pin=PIN))
    await till.while_looked_at(attempt, end(till))
    assert (await till.approvals.take(session, CHEN) is not None) is approved


@pytest.mark.parametrize(("end", "stands"), [(nothing, True), (new_pin, False), (removal, False)])
async def test_an_approval_given_does_not_outlive_its_pin(
    till: Desk, end: Meanwhile, stands: bool
) -> None:
    token, _ = await till.sessions.sign_in(SignIn(cashier=DAI, pin=DAIS_PIN))
    session = token_hash(token)
    await till.approvals.give(session, Approval(cashier=CHEN, pin=PIN))
    ending = end(till)
    if ending is not None:
        await ending
    assert (await till.approvals.take(session, CHEN) is not None) is stands


async def test_an_approval_under_way_does_not_outlive_the_lock(till: Desk) -> None:
    session = await till.sign_in()
    await till.while_looked_at(till.approve(session), till.lock(session))
    await till.sessions.unlock(session, PIN)
    assert await till.approvals.take(session, DAI) is None
    await till.approve(session)
    assert await till.approvals.take(session, DAI) is not None


async def test_what_a_failed_write_gives_back_does_not_outlive_the_lock(till: Desk) -> None:
    session = await till.sign_in()
    for is_locked in (False, True):
        await till.approve(session)
        taken = await till.approvals.take(session, DAI)
        assert taken is not None
        if is_locked:
            await till.lock(session)
            await till.sessions.unlock(session, PIN)
        await till.approvals.give_back(taken)
        assert (await till.approvals.take(session, DAI) is None) is is_locked


async def test_what_a_failed_write_gives_back_takes_no_newer_approval_away(till: Desk) -> None:
    session = await till.sign_in()
    await till.approve(session)
    taken = await till.approvals.take(session, DAI)
    assert taken is not None
    await till.approvals.give(session, Approval(cashier=CHEN, pin=PIN))
    await till.approvals.give_back(taken)
    assert await till.approvals.take(session, DAI) is None
    assert await till.approvals.take(session, CHEN) is not None
