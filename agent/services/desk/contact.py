"""When head office's feed was last found complete: known at once, put on disk seldom.

A poll that brings nothing writes nothing. A crash takes back what was heard since the last write,
so that the store then takes its last contact for up to KEPT_EVERY_MS earlier than it was, and is
the more careful; never for later.
"""

from msgspec import structs

from agent.base.clock import MINUTE_MS, Millis
from agent.store.line.sync_state import SyncState
from sync.protocol.messages import ChangesPage

KEPT_EVERY_MS = 10 * MINUTE_MS
"""As far as the moment on disk may lie behind the one known. A small part of the ages that
policies ask about, which are hours and days."""


class Contact:
    """The moment of the newest poll that brought nothing. Read by the writer's thread, too."""

    def __init__(self) -> None:
        self._quiet_at = Millis(0)

    def brings_nothing(self, page: ChangesPage, state: SyncState) -> bool:
        """Return whether the page says only that the store held the whole feed all along."""
        whole = not page.changes and not page.more and state.feed_at > 0
        return whole and (page.cursor, page.hq_epoch) == (state.cursor, state.hq_epoch)

    def note(self, at: Millis, state: SyncState) -> bool:
        """Know that the feed was complete at `at`; return False when that belongs on disk."""
        if abs(at - state.feed_at) > KEPT_EVERY_MS:
            return False
        self._quiet_at = at
        return True

    def unwritten(self, state: SyncState) -> Millis | None:
        """Return the moment that the disk does not know; None when it knows all."""
        return self._quiet_at if self.of(state) != state else None

    def of(self, state: SyncState) -> SyncState:
        """Return the row as it would be if each poll were written down."""
        return structs.replace(
            state,
            contact_at=self._later(state.contact_at),
            feed_at=self._later(state.feed_at),
            revocations_at=self._later(state.revocations_at),
        )

    def _later(self, held: Millis) -> Millis:
        """What lies further ahead came from a wrong clock of HQ's, set right since."""
        ahead_ms = self._quiet_at - held
        return self._quiet_at if held and 0 < ahead_ms <= KEPT_EVERY_MS else held
