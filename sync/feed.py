"""Port: where the changes from head office go."""

from typing import NamedTuple, Protocol

from sync.protocol.messages import ChangesPage


class FeedPosition(NamedTuple):
    """How far the feed is applied."""

    cursor: str
    """Empty before the first page."""
    hq_epoch: str
    """The incarnation of HQ's database that the cursor belongs to; empty: not known."""


class ChangeSink(Protocol):
    """The store's tables, as the downloader sees them. What it changes is on disk on return.

    Every method raises sync.errors.StoreUnavailableError when the database can't serve it just
    now; nothing has changed then, or the change may be repeated.
    """

    async def position(self) -> FeedPosition:
        """Return how far the feed is applied."""

    async def apply(self, page: ChangesPage) -> None:
        """Apply the changes in order and move the cursor, in one transaction.

        A page without changes counts too: with `more` false, the feed was complete at its
        server_time. A change that can't be applied is parked, never in the way of the next.
        """

    async def forget_cursor(self, hq_epoch: str) -> None:
        """Begin the feed anew; `hq_epoch` may be empty: not known."""
