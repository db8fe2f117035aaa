"""Checking a PIN: the try is counted on disk before it is looked at, so no guess is for free."""

from collections.abc import Callable
from typing import TypeVar

from agent.domain.outcome import Sentence
from agent.domain.staff.pin import (
    after_try,
    number_wait_ms,
    pc_after_right,
    pc_after_try,
    pc_wait_ms,
)
from agent.services.desk.store_desk import StoreDesk
from agent.services.staff.errors import PinLockedError, SignInRefusedError
from agent.services.staff.pins import Pins
from agent.store.sqlite import Connection
from agent.store.staff import cashiers, pin_tries
from agent.store.staff.cashiers import CashierRow

T = TypeVar("T")

_REFUSED = Sentence("工号或密码不对。", "The number or the PIN is wrong.")


class PinCheck:
    """Tells whose PIN it is, within the limits of wrong ones."""

    def __init__(self, desk: StoreDesk, pins: Pins) -> None:
        self._desk = desk
        self._pins = pins

    async def check(self, cashier: str, pin: str, then: Callable[[Connection, CashierRow], T]) -> T:
        """Return what `then` makes of the cashier whose PIN it is, in one transaction with that.

        Raises SignInRefusedError, the same for an unknown number, or PinLockedError.
        """
        row = await self._desk.database.write(lambda db: self._count(db, cashier))
        if not await self._pins.matches(row.pin_hash if row else None, pin) or row is None:
            raise _refused()
        return await self._desk.database.write(lambda db: _right(db, row, then))

    def _count(self, db: Connection, cashier: str) -> CashierRow | None:
        now = self._desk.time.steady()
        tries, empty_at = pin_tries.of_number(db, cashier), pin_tries.of_pc(db)
        wait_ms = max(number_wait_ms(tries, now), pc_wait_ms(empty_at, now))
        if wait_ms:
            raise _locked(wait_ms)
        pin_tries.set_number(db, cashier, after_try(tries, now), now)
        pin_tries.set_pc(db, pc_after_try(empty_at, now))
        return cashiers.find(db, cashier)


def _right(db: Connection, who: CashierRow, then: Callable[[Connection, CashierRow], T]) -> T:
    """A PIN replaced, or a cashier removed, while it was looked at counts no longer."""
    if cashiers.find(db, who.cashier) != who:
        raise _refused()
    pin_tries.forget_number(db, who.cashier)
    pin_tries.set_pc(db, pc_after_right(pin_tries.of_pc(db)))
    return then(db, who)


def _refused() -> SignInRefusedError:
    return SignInRefusedError("the number or the PIN is wrong", _REFUSED)


def _locked(wait_ms: int) -> PinLockedError:
    seconds = -(-wait_ms // 1000)
    minutes = -(-seconds // 60)
    said = Sentence(
        f"密码输错太多次，请 {minutes} 分钟后再试，或请主管解锁。",
        f"Too many wrong PINs: try again in {minutes} min, or ask a supervisor to unlock.",
    )
    return PinLockedError("too many wrong PINs", said, retry_after_s=seconds)
