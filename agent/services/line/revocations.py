"""Whether the coupons that are revoked here are all that head office states, and no others.

As long as they are not, they count as not known: decisions tighten as with a list that is too old.
"""

from collections.abc import Callable

import msgspec

from agent.base.clock import MINUTE_MS, Millis
from agent.base.logging import get_logger
from agent.services.desk.store_desk import StoreDesk
from agent.store.coupons.revocations import revoked_in
from agent.store.line import sync_state
from agent.store.line.sync_state import SyncState
from agent.store.sqlite import Connection
from sync.protocol.messages import ChangesPage
from sync.protocol.revocations import Revocations

RECHECK_MS = 10 * MINUTE_MS
"""What is held is read again after this, also when head office states nothing new: 40 ms of the
processor for 20,000 revocations, beside the writer."""

log = get_logger(__name__)
_statement = msgspec.json.Decoder(Revocations)


class RevocationCheck:
    """Compares what is held with each statement that is new, and now and then with the last."""

    def __init__(self, desk: StoreDesk, *, on_difference: Callable[[], None]) -> None:
        """`on_difference` is called at each poll that finds one."""
        self._desk = desk
        self._on_difference = on_difference
        self._checked_at: int | None = None
        self._differed = False

    def agrees(self, page: ChangesPage, state: SyncState) -> bool:
        """Return whether `page` states what was found to be held not long ago.

        An HQ that never states anything is believed to have told all by its feed.
        """
        if not state.revocations:
            return page.revocations is None
        is_known = page.revocations == stated(state) and state.revocations_at > 0
        return is_known and not self._is_due()

    async def check(self, page: ChangesPage) -> None:
        """Compare what is held now with what `page`, the last one, states. StoreError or
        DatabaseError."""
        statement = page.revocations
        if statement is None:
            return
        store, database = self._desk.store, self._desk.database

        def hold_all(db: Connection) -> bool:
            return statement.holds(*revoked_in(db, store))

        agree = await database.read_aside(hold_all)
        self._checked_at = self._desk.time.monotonic_ms()
        encoded, at = msgspec.json.encode(statement), Millis(page.server_time if agree else 0)
        await database.write(lambda db: sync_state.hear_of_revocations(db, encoded, held_at=at))
        self._tell(statement, differ=not agree)
        if not agree:
            self._on_difference()

    def _is_due(self) -> bool:
        now = self._desk.time.monotonic_ms()
        return self._checked_at is None or now - self._checked_at >= RECHECK_MS

    def _tell(self, statement: Revocations, *, differ: bool) -> None:
        if differ and not self._differed:
            count = statement.everyone.count + statement.own.count
            log.warning("revocations_differ", version=statement.version, stated=count)
        elif self._differed and not differ:
            log.info("revocations_agree_again", version=statement.version)
        self._differed = differ


def stated(state: SyncState) -> Revocations | None:
    """Return what HQ last stated; None: nothing, or in words of another version."""
    try:
        return _statement.decode(state.revocations) if state.revocations else None
    except msgspec.MsgspecError:
        return None
