"""Staff: who may sign in, with what role. IT adds and removes, a supervisor frees a lock."""

import os
from collections.abc import Callable

from msgspec import Struct

from agent.domain.staff.card import SECRET_BYTES, card_hash, card_of
from agent.domain.staff.cashier import Role
from agent.domain.staff.pin import Pin, is_guessable, number_wait_ms
from agent.services.desk.news import Item, Topic
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import Cashier, PersonName
from agent.services.staff.errors import (
    CashierExistsError,
    HigherRoleError,
    SimplePinError,
    UnknownCashierError,
)
from agent.services.staff.pins import Pins
from agent.services.staff.till_sessions import SessionNews, SessionState
from agent.store.sqlite import Connection
from agent.store.staff import cashiers, pin_tries, sessions
from agent.store.staff.cashiers import CashierRow


class NewCashier(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who may sign in from now on."""

    cashier: Cashier
    name: PersonName
    pin: Pin
    role: Role = Role.CASHIER


class NewPin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new PIN; the cashier's sessions end."""

    pin: Pin


class StaffMember(Struct, frozen=True, kw_only=True):
    """One who may sign in."""

    cashier: str
    name: str
    role: Role
    locked_ms: int
    """So long no PIN is taken for this number; 0 = it is."""


class StaffCard(Struct, frozen=True, kw_only=True):
    """A new card, whose code is told this once and kept nowhere."""

    cashier: str
    name: str
    card: str
    """What the card's QR or bar code says. Whoever has it approves in this name."""


class StaffList(Struct, frozen=True, kw_only=True):
    """Everybody who may sign in, by number."""

    cashiers: tuple[StaffMember, ...]


class Staff:
    """The cashiers of this store, as this PC knows them."""

    def __init__(self, desk: StoreDesk, pins: Pins) -> None:
        self._desk = desk
        self._pins = pins

    async def list(self) -> StaffList:
        """Return everybody."""

        def work(db: Connection) -> StaffList:
            return StaffList(cashiers=tuple(self._told(db, row) for row in cashiers.all_of(db)))

        return await self._desk.database.read(work)

    async def add(self, order: NewCashier) -> StaffMember:
        """Add a cashier; raise CashierExistsError or SimplePinError."""
        row = CashierRow(
            cashier=order.cashier,
            name=order.name,
            role=order.role,
            pin_hash=await self._hash(order.pin),
        )

        def work(db: Connection) -> StaffMember:
            if not cashiers.add(db, row):
                raise CashierExistsError(f"cashier {row.cashier} is there already")
            pin_tries.forget_number(db, row.cashier)
            return self._told(db, row)

        return await self._desk.database.write(work)

    async def set_pin(self, cashier: str, order: NewPin) -> StaffMember:
        """Replace the PIN, free the number and end its sessions; raise UnknownCashierError."""
        pin_hash = await self._hash(order.pin)

        def work(db: Connection) -> StaffMember:
            row = _found(db, cashier)
            cashiers.set_pin(db, cashier, pin_hash)
            pin_tries.forget_number(db, cashier)
            sessions.end_all_of(db, cashier)
            return self._told(db, row)

        return await self._changed(work)

    async def give_card(self, cashier: str) -> StaffCard:
        """Make a card for the cashier, in place of the former; raise UnknownCashierError."""
        card = card_of(os.urandom(SECRET_BYTES))

        def work(db: Connection) -> StaffCard:
            row = _found(db, cashier)
            cashiers.set_card(db, cashier, card_hash(card))
            return StaffCard(cashier=row.cashier, name=row.name, card=card)

        return await self._desk.database.write(work)

    async def remove(self, cashier: str) -> StaffMember:
        """Remove the cashier and end the sessions; raise UnknownCashierError."""

        def work(db: Connection) -> StaffMember:
            removed = self._told(db, _found(db, cashier))
            sessions.end_all_of(db, cashier)
            cashiers.remove(db, cashier)
            return removed

        return await self._changed(work)

    async def unlock(self, cashier: str, *, by: Role) -> StaffMember:
        """End the lock after wrong PINs, of the number and of this PC.

        Raises UnknownCashierError, or HigherRoleError: who frees a number may guess on.
        """

        def work(db: Connection) -> StaffMember:
            row = _found(db, cashier)
            if not by.may_act_as(row.role):
                raise HigherRoleError(f"only {row.role} may free the number of {row.role}")
            pin_tries.forget_number(db, cashier)
            pin_tries.set_pc(db, self._desk.time.steady())
            return self._told(db, row)

        return await self._desk.database.write(work)

    async def _changed(self, work: Callable[[Connection], StaffMember]) -> StaffMember:
        """Do what may have ended sessions, and let the pages see."""
        member = await self._desk.database.write(work)
        facts = SessionNews(state=SessionState.ENDED)
        self._desk.news.publish(Item(topic=Topic.SESSION, facts=facts))
        return member

    async def _hash(self, pin: str) -> str:
        if is_guessable(pin):
            raise SimplePinError("a PIN of one digit, or of digits in a row, is guessed first")
        return await self._pins.hash(pin)

    def _told(self, db: Connection, row: CashierRow) -> StaffMember:
        tries = pin_tries.of_number(db, row.cashier)
        return StaffMember(
            cashier=row.cashier,
            name=row.name,
            role=row.role,
            locked_ms=number_wait_ms(tries, self._desk.time.steady()),
        )


def _found(db: Connection, cashier: str) -> CashierRow:
    row = cashiers.find(db, cashier)
    if row is None:
        raise UnknownCashierError(f"no cashier has the number {cashier}")
    return row
