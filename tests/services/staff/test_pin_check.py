"""Guessing PINs: only the allowed number of guesses is ever looked at."""

import asyncio
from pathlib import Path

import pytest

from agent.base.clock import DAY_MS, HOUR_MS, MINUTE_MS, Millis
from agent.domain.staff.cashier import Role
from agent.domain.staff.pin import BURST, FREE_FAILURES
from agent.services.desk.errors import RequestError
from agent.services.desk.store_desk import StoreDesk
from agent.services.staff.errors import PinLockedError, SignInRefusedError
from agent.services.staff.pin_check import PinCheck
from agent.services.staff.pins import Pins
from agent.services.staff.roster import NewCashier, Staff
from agent.state_dir import DATABASE_FILE
from agent.store.database import Database
from agent.store.sqlite import connect
from agent.store.staff.cashiers import CashierRow
from tests.services.chain import Chain, make_desk
from tests.services.days import live_through
from tests.services.stopped_clock import StoppedClock

ANNA, PIN, WRONG = "1001", "2580", "2581"
GUESSES = 10_000


class CountedPins(Pins):
    """Counts what is really looked at."""

    looked_at = 0

    async def matches(self, pin_hash: str | None, pin: str) -> bool:
        self.looked_at += 1
        return await super().matches(pin_hash, pin)


@pytest.fixture
def pins() -> CountedPins:
    return CountedPins(b"p" * 32)


@pytest.fixture
async def check(desk: StoreDesk, pins: CountedPins) -> PinCheck:
    order = NewCashier(cashier=ANNA, name="安娜", pin=PIN)
    await Staff(desk, pins).add(order)
    return PinCheck(desk, pins)


async def proven(check: PinCheck, cashier: str, pin: str) -> CashierRow:
    return await check.check(cashier, pin, lambda db, who: who)


async def refusal(check: PinCheck, cashier: str, pin: str) -> RequestError:
    with pytest.raises(RequestError) as caught:
        await proven(check, cashier, pin)
    return caught.value


async def test_the_right_pin_is_taken(check: PinCheck) -> None:
    assert (await proven(check, ANNA, PIN)).role is Role.CASHIER


async def test_of_ten_thousand_guesses_at_one_number_five_are_looked_at(
    check: PinCheck, pins: CountedPins, clock: StoppedClock
) -> None:
    assert (await proven(check, ANNA, PIN)).cashier == ANNA
    pins.looked_at = 0
    refused = [type(await refusal(check, ANNA, f"{guess:04}")) for guess in range(GUESSES)]
    assert pins.looked_at == FREE_FAILURES
    assert refused.count(SignInRefusedError) == FREE_FAILURES
    assert refused.count(PinLockedError) == GUESSES - FREE_FAILURES
    assert isinstance(await refusal(check, ANNA, PIN), PinLockedError)
    clock.advance(MINUTE_MS)
    assert (await proven(check, ANNA, PIN)).cashier == ANNA


@pytest.mark.parametrize("off_ms", [DAY_MS, -DAY_MS])
async def test_a_clock_that_is_set_neither_ends_a_lock_nor_makes_it_last(
    check: PinCheck, clock: StoppedClock, off_ms: int
) -> None:
    for _ in range(FREE_FAILURES):
        await refusal(check, ANNA, WRONG)
    clock.now = Millis(clock.now + off_ms)
    assert isinstance(await refusal(check, ANNA, PIN), PinLockedError)
    clock.advance(MINUTE_MS)
    assert (await proven(check, ANNA, PIN)).cashier == ANNA


async def test_of_ten_thousand_guesses_spread_over_numbers_a_burst_is_looked_at(
    check: PinCheck, pins: CountedPins, clock: StoppedClock
) -> None:
    assert (await proven(check, ANNA, PIN)).cashier == ANNA
    pins.looked_at = 0
    for guess in range(GUESSES):
        await refusal(check, f"n{guess}", WRONG)
    assert pins.looked_at == BURST
    assert isinstance(await refusal(check, ANNA, PIN), PinLockedError)
    clock.advance(HOUR_MS)
    assert (await proven(check, ANNA, PIN)).cashier == ANNA


async def test_guesses_at_once_are_counted_one_by_one(check: PinCheck, pins: CountedPins) -> None:
    refusals = await asyncio.gather(*(refusal(check, ANNA, WRONG) for _ in range(100)))
    assert pins.looked_at == FREE_FAILURES
    assert sum(isinstance(one, PinLockedError) for one in refusals) == 100 - FREE_FAILURES


async def test_a_guess_counts_though_its_sender_did_not_wait(
    check: PinCheck, pins: CountedPins
) -> None:
    for _ in range(50):
        guess = asyncio.create_task(proven(check, ANNA, WRONG))
        await asyncio.sleep(0)
        guess.cancel()
        await asyncio.gather(guess, return_exceptions=True)
    assert isinstance(await refusal(check, ANNA, PIN), PinLockedError)
    assert pins.looked_at == 0


async def test_an_unknown_number_is_answered_like_a_known_one(check: PinCheck) -> None:
    for _ in range(FREE_FAILURES + 1):
        known, unknown = await refusal(check, ANNA, WRONG), await refusal(check, "1009", WRONG)
        assert (type(known), str(known), known.extra) == (
            type(unknown),
            str(unknown),
            unknown.extra,
        )


async def test_a_lock_says_how_long_it_lasts_in_both_languages(check: PinCheck) -> None:
    for _ in range(FREE_FAILURES):
        await refusal(check, ANNA, WRONG)
    locked = await refusal(check, ANNA, PIN)
    assert locked.retry_after_s == 60
    assert "1 分钟" in locked.extra["sentence"].zh_cn
    assert "1 min" in locked.extra["sentence"].en


async def test_wrong_pins_in_a_row_are_forgotten_after_a_right_one(check: PinCheck) -> None:
    for _ in range(3):
        for _ in range(FREE_FAILURES - 1):
            await refusal(check, ANNA, WRONG)
        assert (await proven(check, ANNA, PIN)).cashier == ANNA


async def test_own_sign_ins_between_win_no_guesses_at_other_numbers(
    check: PinCheck, pins: CountedPins
) -> None:
    for guess in range(BURST - 1):
        assert isinstance(await refusal(check, f"n{guess}", WRONG), SignInRefusedError)
        assert (await proven(check, ANNA, PIN)).cashier == ANNA
    assert isinstance(await refusal(check, "n", WRONG), SignInRefusedError)
    assert isinstance(await refusal(check, "n", WRONG), PinLockedError)
    assert pins.looked_at == 2 * BURST - 1


async def test_the_lock_outlasts_a_restart(
    check: PinCheck, desk: StoreDesk, chain: Chain, clock: StoppedClock, tmp_path: Path
) -> None:
    for _ in range(FREE_FAILURES):
        await refusal(check, ANNA, WRONG)
    with_tries = connect(str(tmp_path / DATABASE_FILE))
    copy = connect(str(tmp_path / "again.db"))
    with_tries.backup(copy)
    copy.close()
    with_tries.close()
    database = Database(tmp_path / "again.db")
    database.open()
    try:
        pins = CountedPins(b"p" * 32)
        again = PinCheck(make_desk(database, chain.settings(tmp_path), clock), pins)
        assert isinstance(await refusal(again, ANNA, PIN), PinLockedError)
        clock.advance(MINUTE_MS)
        assert (await proven(again, ANNA, PIN)).cashier == ANNA
    finally:
        await asyncio.to_thread(database.close)


async def test_numbers_that_nobody_tries_any_more_leave_no_rows(
    check: PinCheck, desk: StoreDesk, clock: StoppedClock
) -> None:
    for guess in range(BURST):
        await refusal(check, f"n{guess}", WRONG)
    await live_through(desk, clock, 2)
    await refusal(check, ANNA, WRONG)
    rows = await desk.database.read(lambda db: db.execute("SELECT * FROM pin_tries").fetchall())
    assert [row[0] for row in rows] == [ANNA]


async def test_another_pepper_makes_every_pin_wrong(desk: StoreDesk, check: PinCheck) -> None:
    other = PinCheck(desk, Pins(b"q" * 32))
    assert isinstance(await refusal(other, ANNA, PIN), SignInRefusedError)
    assert (await proven(check, ANNA, PIN)).cashier == ANNA


async def test_two_with_the_same_pin_have_different_hashes(pins: CountedPins) -> None:
    first, second = await pins.hash(PIN), await pins.hash(PIN)
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=5,p=1$")
    assert await pins.matches(first, PIN)
    assert not await pins.matches(None, PIN)
    assert not await pins.matches("$argon2id$damaged", PIN)
