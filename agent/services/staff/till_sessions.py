"""Sessions of the till page: sign in, lock, unlock, sign out. One at a till, on disk."""

import hashlib
import secrets
from contextlib import suppress
from enum import StrEnum

import msgspec
from msgspec import Struct

from agent.domain.staff.cashier import Language, Role
from agent.domain.staff.pin import Pin
from agent.services.desk.news import Item, Topic
from agent.services.desk.store_desk import StoreDesk
from agent.services.desk.wire import Cashier
from agent.services.staff.errors import SessionEndedError
from agent.services.staff.pin_check import PinCheck
from agent.store.errors import StoreError
from agent.store.line.unsynced import Unsynced, unsynced
from agent.store.sqlite import Connection
from agent.store.staff import sessions
from agent.store.staff.cashiers import CashierRow
from agent.store.staff.sessions import SessionRow

TOKEN_BYTES = 32
"""256 random bits; only their SHA-256 is kept."""
SEEN_STEPS = 60
"""That a cashier did something is written at most so often in an idle time, to spare the disk."""


class SignIn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who comes to the till."""

    cashier: Cashier
    pin: Pin
    training: bool = False
    """Practise: nothing of it reaches head office."""
    language: Language = Language.CHINESE


class Unlock(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The PIN of the session's own cashier."""

    pin: Pin


class Speak(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page speaks from now on."""

    language: Language


class SessionView(Struct, frozen=True, kw_only=True):
    """A session as its page sees it."""

    cashier: str
    name: str
    role: Role
    till: str
    training: bool
    language: Language
    locked: bool
    """Only unlock and sign-out are answered."""
    idle_lock_ms: int
    """It locks when the cashier did nothing for so long."""
    unsynced: Unsynced


class SignedOut(Struct, frozen=True, kw_only=True):
    """The session has ended."""

    unsynced: Unsynced


class SessionState(StrEnum):
    """What became of the till's session."""

    BEGAN = "began"
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    ENDED = "ended"


class SessionNews(Struct, frozen=True, kw_only=True):
    """Facts of the news about a session."""

    state: SessionState


class TillSessions:
    """The sessions at this PC's till."""

    def __init__(self, desk: StoreDesk, check: PinCheck, *, till: str, idle_ms: int) -> None:
        self._desk = desk
        self._check = check
        self._till = till
        self._idle_ms = idle_ms

    async def sign_in(self, order: SignIn) -> tuple[str, SessionView]:
        """Begin a session; return its token and view. The till's former session ends.

        Raises SignInRefusedError or PinLockedError.
        """
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = token_hash(token)

        def begin(db: Connection, who: CashierRow) -> None:
            row = SessionRow(
                token_hash=session,
                cashier=who.cashier,
                till=self._till,
                training=order.training,
                language=order.language,
                seen_at=self._desk.time.steady(),
            )
            sessions.begin(db, row)

        await self._check.check(order.cashier, order.pin, begin)
        self._tell(SessionState.BEGAN)
        return token, await self.view(session)

    async def find(self, session: bytes) -> SessionRow | None:
        """Return the session of this till, locked if it was idle too long; None when ended."""
        row = await self._desk.database.read(lambda db: sessions.find(db, session))
        if row is None or row.till != self._till:
            return None
        now = self._desk.time.steady()
        if row.approved_until <= now:
            row = msgspec.structs.replace(row, approved_by=None)
        # Seen long after now: a clock was set right before this run, and nobody knows how long ago.
        if row.locked or abs(now - row.seen_at) < self._idle_ms:
            return row
        with suppress(StoreError):  # locked it is all the same, and found so again next time
            await self.lock(session)
        return msgspec.structs.replace(row, locked=True)

    async def seen(self, row: SessionRow) -> None:
        """Take note that the cashier did something."""
        now = self._desk.time.steady()
        if now - row.seen_at >= self._idle_ms // SEEN_STEPS:
            with suppress(StoreError):  # what the cashier does says itself what the disk lacks
                await self._desk.database.write(lambda db: sessions.seen(db, row.token_hash, now))

    async def view(self, session: bytes) -> SessionView:
        """Return the session as its page sees it; raise SessionEndedError."""
        row = await self.find(session)
        if row is None:
            raise SessionEndedError("this session has ended: sign in again")
        return SessionView(
            cashier=row.cashier,
            name=row.name,
            role=row.role,
            till=row.till,
            training=row.training,
            language=row.language,
            locked=row.locked,
            idle_lock_ms=self._idle_ms,
            unsynced=await self._desk.database.read(unsynced),
        )

    async def lock(self, session: bytes) -> None:
        """Lock the session; an approval given to it ends."""
        await self._desk.database.write(lambda db: sessions.lock(db, session))
        self._tell(SessionState.LOCKED)

    async def unlock(self, session: bytes, pin: str) -> SessionView:
        """Unlock by the cashier's own PIN; raise SignInRefusedError or PinLockedError."""
        row = await self.view(session)

        def unlock(db: Connection, _: CashierRow) -> None:
            sessions.unlock(db, session, self._desk.time.steady())

        await self._check.check(row.cashier, pin, unlock)
        self._tell(SessionState.UNLOCKED)
        return await self.view(session)

    async def speak(self, session: bytes, language: Language) -> SessionView:
        """Change the session's language."""
        await self._desk.database.write(lambda db: sessions.speak(db, session, language))
        return await self.view(session)

    async def sign_out(self, session: bytes) -> SignedOut:
        """End the session; say what is still to be synced."""
        await self._desk.database.write(lambda db: sessions.end(db, session))
        self._tell(SessionState.ENDED)
        return SignedOut(unsynced=await self._desk.database.read(unsynced))

    def _tell(self, state: SessionState) -> None:
        facts = SessionNews(state=state)
        self._desk.news.publish(Item(topic=Topic.SESSION, till=self._till, facts=facts))


def token_hash(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()
