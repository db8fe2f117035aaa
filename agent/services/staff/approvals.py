"""Approvals: a supervisor's PIN or card, given at the till, approves one write of the session."""

from typing import Annotated

from msgspec import Meta, Struct

from agent.base.clock import MINUTE_MS, Millis
from agent.domain.outcome import Sentence
from agent.domain.staff.card import CARD_PATTERN, card_hash
from agent.domain.staff.cashier import Role
from agent.domain.staff.pin import Pin
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import Cashier
from agent.services.staff.errors import NotSupervisorError, SignInRefusedError
from agent.services.staff.pin_check import PinCheck
from agent.store.sqlite import Connection
from agent.store.staff import cashiers, sessions
from agent.store.staff.cashiers import CashierRow

APPROVAL_MS = 2 * MINUTE_MS
"""So long an approval waits to be used; the supervisor has walked away by then."""


_NOBODYS = Sentence(
    "这张卡无效：已换新卡，或持卡人已离职。",
    "This card counts no more: it was replaced, or its holder left.",
)


class Approval(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A supervisor's number and PIN."""

    cashier: Cashier
    pin: Pin


class CardApproval(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A supervisor's card, as it was scanned."""

    card: Annotated[str, Meta(pattern=CARD_PATTERN)]


class Approved(Struct, frozen=True, kw_only=True):
    """Who may be named as `approved_by`, once, and until when."""

    approved_by: str
    until: Millis


class Taken(Struct, frozen=True, kw_only=True):
    """An approval taken out of its session for the write that runs."""

    session: bytes
    by: str
    until: Millis


class Approvals:
    """The approvals given to sessions."""

    def __init__(self, desk: StoreDesk, check: PinCheck) -> None:
        self._desk = desk
        self._check = check

    async def give(self, session: bytes, order: Approval) -> Approved:
        """Approve the session's next write.

        Raises SignInRefusedError, PinLockedError, or NotSupervisorError for a lesser role.
        """
        approved = await self._check.check(
            order.cashier, order.pin, lambda db, who: self._approve(db, session, who)
        )
        if approved is None:
            raise NotSupervisorError("only a supervisor may approve")
        return approved

    async def give_by_card(self, session: bytes, order: CardApproval) -> Approved:
        """Approve the session's next write by a card.

        Raises SignInRefusedError for a card that is nobody's, NotSupervisorError for a lesser role.
        """

        def work(db: Connection) -> Approved | None:
            who = cashiers.of_card(db, card_hash(order.card))
            if who is None:
                raise SignInRefusedError("this card is nobody's", _NOBODYS)
            return self._approve(db, session, who)

        approved = await self._desk.database.write(work)
        if approved is None:
            raise NotSupervisorError("only a supervisor may approve")
        return approved

    async def take(self, session: bytes, by: str) -> Taken | None:
        """Take the approval of `by` for one write; None when there is none."""
        now = self._desk.time.steady()
        until = await self._desk.database.write(
            lambda db: sessions.take_approval(db, session, by, now)
        )
        return None if until is None else Taken(session=session, by=by, until=until)

    async def give_back(self, taken: Taken) -> None:
        """Let the session use it again: the write did not come about.

        Not when the session was locked since, or given another approval.
        """
        await self._desk.database.write(
            lambda db: sessions.give_approval_back(db, taken.session, taken.by, taken.until)
        )

    def _approve(self, db: Connection, session: bytes, who: CashierRow) -> Approved | None:
        """None, with the PIN counted as right all the same, when it is no supervisor's."""
        if not who.role.may_act_as(Role.SUPERVISOR):
            return None
        time = self._desk.time
        sessions.approve(db, session, who.cashier, Millis(time.steady() + APPROVAL_MS))
        return Approved(approved_by=who.cashier, until=Millis(time.now() + APPROVAL_MS))
